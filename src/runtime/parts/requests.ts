import { type Answer, ok } from '../../admin/answer.ts';
import type { AdminApi } from '../../admin/api.ts';
import type { RequestRecord } from '../../http/account/request-record.ts';
import { Inquiry } from '../../roll-call/inquiry.ts';
import type { Wording } from '../../roll-call/wording.ts';
import { readRecords, recordJson, type ToldRecord } from '../tap/told-record.ts';
import { askable, type Peers, unasked } from '../tap/unasked.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

export interface RequestsPartOptions {
  readonly api: AdminApi;
  readonly bus: BusPart;
  readonly threads: Pick<ProxyThreads, 'requests'>;
  /** By which records of requests cross the bus; null: they do not. */
  readonly seal: Wording | null;
  readonly peers: Peers;
}

interface Found {
  readonly requests: readonly RequestRecord[];
}

/** Whoever asks is told within two seconds who has not answered. */
const PATIENCE_MS = 1500;
/** Of one id: a client may send the same again and again. */
const MOST_OF_ONE = 20;
const LONGEST_ANSWER = 256 * 1024;
/** In one answer of the admin address. */
const MOST_TOLD = 200;
const LONGEST_ID = 256;

/** What really happened to requests that are kept in mind: on this router, and by an id on all. */
export class RequestsPart implements Part {
  readonly name = 'requests';
  readonly #options: RequestsPartOptions;
  readonly #inquiry: Inquiry<{ readonly request: string }, Found>;

  constructor(options: RequestsPartOptions) {
    this.#options = options;
    const { api, threads, seal, peers } = options;
    this.#inquiry = new Inquiry({
      id: peers.id,
      name: 'requests',
      longest: LONGEST_ANSWER,
      readQuestion: ({ request }) =>
        typeof request === 'string' && request !== '' && request.length <= LONGEST_ID ? { request } : null,
      readAnswer: ({ requests }) => {
        const read = readRecords(requests);
        return read === null ? null : { requests: read };
      },
      answer: async ({ request }) => ({
        requests: (await threads.requests(request)).slice(0, MOST_OF_ONE).map(recordJson),
      }),
      ...(seal !== null && { wording: seal }),
    });
    api.add(
      { method: 'GET', path: '/v1/requests', right: 'debug', handler: () => this.#latest() },
      {
        method: 'GET',
        path: '/v1/requests/{id}',
        right: 'read',
        handler: ({ parameters }) => this.#find(parameters['id']!),
      },
    );
  }

  start(): void {
    const { bus, seal } = this.#options;
    if (seal !== null) bus.whenFound((client) => this.#inquiry.connect(client));
  }

  stop(): void {
    this.#inquiry.stop();
  }

  /** Of this router: all of all routers would be more than anybody reads. */
  async #latest(): Promise<Answer> {
    const { threads, peers } = this.#options;
    const requests = (await threads.requests('')).slice(0, MOST_TOLD);
    const others = peers.routers().filter((id) => id !== peers.id);
    return ok({
      requests: told(peers.id, requests),
      not_asked: others.map((id) => ({ id, why: NOT_OF_ALL })),
    });
  }

  async #find(request: string): Promise<Answer> {
    const { peers } = this.#options;
    if (request.length > LONGEST_ID) return ok({ requests: [], not_asked: [] });
    const answers = await this.#inquiry.ask({ request }, PATIENCE_MS, askable(peers));
    const found = [...answers].flatMap(([router, { requests }]) => told(router, requests));
    const requests = found.toSorted((a, b) => b.at - a.at).slice(0, MOST_TOLD);
    return ok({ requests, not_asked: unasked(peers, answers) });
  }
}

const NOT_OF_ALL = 'it has its own: ask it with --admin';

function told(router: string, records: readonly RequestRecord[]): ToldRecord[] {
  return records.map((record) => ({ ...record, router }));
}
