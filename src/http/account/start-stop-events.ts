import { performance } from 'node:perf_hooks';
import type { RequestTelling } from '../../telemetry/request-envelopes.ts';
import type { StartStop, StartStopInstance } from '../../telemetry/start-stop.ts';
import { wallTime } from '../../time/wall-clock.ts';
import { ABSENT } from '../message/request.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';
import type { Asked } from './access-record.ts';
import type { Account } from './account.ts';

/** What is told: what clients ask of the router, and what the router asks of endpoints. */
export interface StartStopWishes {
  /** `send_http_start_stop_server_event` */
  readonly server: boolean;
  /** `send_http_start_stop_client_event` */
  readonly client: boolean;
}

/** Of a client's text, so that an event fits a datagram. Characters. */
const LONGEST_URI = 20_000;
const LONGEST_TEXT = 1_000;

/** What all events of one exchange say. */
type Common = Omit<StartStop, 'peer' | 'startedAt' | 'stoppedAt' | 'status' | 'contentLength' | 'instance'>;

/** Tells Loggregator of each exchange that is over, as HttpStartStop events (docs/compatibility.md §6.5). */
export class StartStopEvents {
  readonly #wishes: StartStopWishes;
  readonly #telling: RequestTelling;

  constructor(wishes: StartStopWishes, telling: RequestTelling) {
    this.#wishes = wishes;
    this.#telling = telling;
  }

  tell(asked: Asked, account: Account): void {
    if (!this.#telling.listens) {
      this.#telling.startStop(null);
      return;
    }
    const common = commonOf(asked, account);
    if (this.#wishes.client && account.backendStartedAt >= 0) this.#tellAttempts(common, account);
    if (!this.#wishes.server) return;
    this.#telling.startStop({
      ...common,
      peer: 'server',
      startedAt: wallTime(account.receivedAt),
      stoppedAt: wallTime(performance.now()),
      status: account.status,
      contentLength: account.responseBytes,
      instance: instanceOf(account.texts),
    });
  }

  #tellAttempts(common: Common, account: Account): void {
    const { failures, attempts, backendFinishedAt, status, responseBytes } = account;
    let startedAt = account.backendStartedAt;
    // A response that broke off failed too, but is told as the response that it was.
    const last = failures.at(-1);
    const isOver = last !== undefined && last.at === backendFinishedAt;
    for (const failure of failures) {
      if (failure === last && isOver && attempts.succeeded) break;
      this.#tellAttempt(common, failure.texts, [startedAt, failure.at], [0, 0]);
      startedAt = failure.at;
    }
    if (isOver && !attempts.succeeded) return;
    const outcome: Outcome = attempts.succeeded ? [status, responseBytes] : [0, 0];
    this.#tellAttempt(common, account.texts, [startedAt, backendFinishedAt], outcome);
  }

  #tellAttempt(
    common: Common,
    texts: EndpointTexts | null,
    [from, to]: Span,
    [status, contentLength]: Outcome,
  ): void {
    const instance = instanceOf(texts);
    const [startedAt, stoppedAt] = [wallTime(from), wallTime(to)];
    this.#telling.startStop({
      ...common,
      peer: 'client',
      startedAt,
      stoppedAt,
      status,
      contentLength,
      instance,
    });
  }
}

type Span = readonly [from: number, to: number];
type Outcome = readonly [status: number, contentLength: number];

function commonOf({ head, request, client }: Asked, account: Account): Common {
  const { host, path, method, userAgent } = request;
  return {
    requestId: account.requestId,
    method,
    uri: validUtf8(`${client.scheme}://${host}${path}`.slice(0, LONGEST_URI), head.plain),
    remoteAddress: client.address,
    userAgent:
      userAgent === ABSENT ? '' : validUtf8(head.value(userAgent).slice(0, LONGEST_TEXT), head.plain),
    forwarded: validUtf8(account.forwardedFor.slice(0, LONGEST_TEXT), head.plain),
    trace: account.trace,
  };
}

/** An agent that passes on text which is no UTF-8 would have whole batches refused. `latin1`: a character a byte. */
function validUtf8(latin1: string, plain: boolean): string {
  if (plain) return latin1;
  return Buffer.from(Buffer.from(latin1, 'latin1').toString('utf8')).toString('latin1');
}

function instanceOf(texts: EndpointTexts | null): StartStopInstance | null {
  if (texts === null || texts.isService) return null;
  const { appId, instanceIndex, instanceId, address, tags } = texts.endpoint;
  return { appId, index: instanceIndex, id: instanceId || address, tags };
}
