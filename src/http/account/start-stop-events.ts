import { performance } from 'node:perf_hooks';
import type { RequestTelling } from '../../telemetry/request-envelopes.ts';
import { emptyStartStop, type StartStop } from '../../telemetry/start-stop.ts';
import { wallTime } from '../../time/wall-clock.ts';
import { ABSENT } from '../message/request.ts';
import { type EndpointTexts, toldAs } from '../policy/endpoint-texts.ts';
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

/** Tells Loggregator of each exchange that is over, as HttpStartStop events (docs/compatibility.md §6.5). */
export class StartStopEvents {
  readonly #wishes: StartStopWishes;
  readonly #telling: RequestTelling;
  /** Told one after the other. */
  readonly #event = emptyStartStop();
  /** Whether anybody takes those of the present exchange; they are counted all the same. */
  #isTaken = true;

  constructor(wishes: StartStopWishes, telling: RequestTelling) {
    this.#wishes = wishes;
    this.#telling = telling;
  }

  tell(asked: Asked, account: Account): void {
    this.#isTaken = this.#telling.listens;
    if (this.#isTaken) fillCommon(this.#event, asked, account);
    if (this.#wishes.client && account.backendStartedAt >= 0) this.#tellAttempts(account);
    if (!this.#wishes.server) return;
    const [from, to] = [account.receivedAt, performance.now()];
    this.#tell('server', account.texts, from, to, account.status, account.responseBytes);
  }

  #tellAttempts(account: Account): void {
    const { failures, attempts, backendFinishedAt, status, responseBytes } = account;
    let startedAt = account.backendStartedAt;
    // A response that broke off failed too, but is told as the response that it was.
    const last = failures.at(-1);
    const isOver = last !== undefined && last.at === backendFinishedAt;
    for (const failure of failures) {
      if (failure === last && isOver && attempts.succeeded) break;
      this.#tell('client', failure.texts, startedAt, failure.at, 0, 0);
      startedAt = failure.at;
    }
    if (isOver && !attempts.succeeded) return;
    const [told, bytes] = attempts.succeeded ? [status, responseBytes] : [0, 0];
    this.#tell('client', account.texts, startedAt, backendFinishedAt, told, bytes);
  }

  /** @param from monotonic milliseconds, as `to` is */
  #tell(
    peer: StartStop['peer'],
    texts: EndpointTexts | null,
    from: number,
    to: number,
    status: number,
    contentLength: number,
  ): void {
    if (!this.#isTaken) {
      this.#telling.startStop(null);
      return;
    }
    const event = this.#event;
    event.peer = peer;
    event.startedAt = wallTime(from);
    event.stoppedAt = wallTime(to);
    event.status = status;
    event.contentLength = contentLength;
    event.instance = texts === null || texts.isService ? null : toldAs(texts);
    this.#telling.startStop(event);
  }
}

/** What all events of one exchange say. */
function fillCommon(event: StartStop, { head, request, client }: Asked, account: Account): void {
  const { host, path, method, userAgent } = request;
  const { plain } = head;
  event.requestId = account.requestId;
  event.method = method;
  event.uri = validUtf8(shortened(`${client.scheme}://${host}${path}`, LONGEST_URI), plain);
  event.remoteAddress = client.address;
  event.userAgent =
    userAgent === ABSENT ? '' : validUtf8(shortened(head.value(userAgent), LONGEST_TEXT), plain);
  event.forwarded = validUtf8(shortened(account.forwardedFor, LONGEST_TEXT), plain);
  event.trace = account.trace;
}

function shortened(text: string, longest: number): string {
  return text.length > longest ? text.slice(0, longest) : text;
}

/** An agent that passes on text which is no UTF-8 would have whole batches refused. `latin1`: a character a byte. */
function validUtf8(latin1: string, plain: boolean): string {
  if (plain) return latin1;
  return Buffer.from(Buffer.from(latin1, 'latin1').toString('utf8')).toString('latin1');
}
