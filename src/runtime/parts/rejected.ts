import { type Answer, ok } from '../../admin/answer.ts';
import type { AdminApi } from '../../admin/api.ts';
import type { Config } from '../../config/schema.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { BusRejections } from '../show/bus-rejections.ts';
import { rejectionJson } from '../show/rejection-json.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { Part } from './part.ts';

export interface RejectedPartOptions {
  readonly config: Pick<Config, 'logging'>;
  readonly api: AdminApi;
  readonly threads: Pick<ProxyThreads, 'look'>;
  /** Other routers, which are not asked: what clients did is nothing for the bus. */
  others(): readonly string[];
}

/** In one answer. */
const MOST_TOLD = 200;

/** What this router has refused last: requests, handshakes, messages of the bus. */
export class RejectedPart implements Part {
  readonly name = 'rejected';
  readonly #options: RejectedPartOptions;
  readonly #messages = new BusRejections();

  constructor(options: RejectedPartOptions) {
    this.#options = options;
    options.api.add({
      method: 'GET',
      path: '/v1/rejected',
      right: 'debug',
      handler: () => this.#rejected(),
    });
  }

  /** A message of the bus. */
  noteMessage(subject: string, error: string, payload: Uint8Array): void {
    const hidesQuery = this.#options.config.logging.redact_query_params !== 'none';
    this.#messages.note(systemTime(), subject, error, payload, hidesQuery);
  }

  async #rejected(): Promise<Answer> {
    const { threads, others } = this.#options;
    const answers = await threads.look({ of: 'rejected' });
    const rejected = [...answers.flatMap(({ seen }) => seen), ...this.#messages.list()];
    const latest = rejected.toSorted((a, b) => b.at - a.at).slice(0, MOST_TOLD);
    return ok({ rejected: latest.map(rejectionJson), not_asked: others() });
  }
}
