import { DeadlineList } from '../time/deadline.ts';
import { DeadlineLengths } from '../time/deadline-lengths.ts';
import { ABSENT, type Request } from './message/request.ts';
import type { HttpSettings } from './settings.ts';

const UPSTREAM_IDLE_MS = 90_000;
/** By how much, at most, the router is to close an idle connection before its backend does: a request may be on its way. */
const IDLE_MARGIN_MS = 1000;
/** Lengths are rounded up by less than a sixteenth. */
const LENGTH_SHARE = 15 / 16;
const LINGER_MS = 2_000;
const HALF_CLOSED_MS = 500;
const HALF_CLOSED_TUNNEL_MS = 30_000;
const HTTP_2_REST_MS = 1000;
/** gorouter's `ExpectContinueTimeout` (docs/compatibility.md §3.10). */
const EXPECTATION_MS = 1000;
/** To answer and close a connection takes some 30 µs, for which all others wait. */
const MOST_AT_ONCE = 200;

/** One list per kind of deadline. */
export class Deadlines {
  readonly dial = new DeadlineList(0);
  /** TLS with a backend. */
  readonly handshake = new DeadlineList(0);
  /** Before HTTP is spoken with a client: PROXY header, TLS. */
  readonly entering = new DeadlineList(0);
  readonly endpoint = new DeadlineList(0);
  readonly endpointOverHttp2 = new DeadlineList(0);
  readonly firstByte = new DeadlineList(0);
  readonly requestIdle = new DeadlineList(0);
  readonly responseIdle = new DeadlineList(0);
  readonly stalledWrite = new DeadlineList(0);
  readonly tunnelIdle = new DeadlineList(0);
  /** While one side of a tunnel has ended, and the other sends nothing. */
  readonly halfClosedTunnel = new DeadlineList(HALF_CLOSED_TUNNEL_MS);
  readonly head = new DeadlineList(0);
  readonly downstreamIdle = new DeadlineList(0);
  readonly upstreamIdle = new DeadlineList(UPSTREAM_IDLE_MS);
  readonly linger = new DeadlineList(LINGER_MS);
  readonly expectation = new DeadlineList(EXPECTATION_MS);
  readonly halfClosed = new DeadlineList(HALF_CLOSED_MS);
  /** After which a client's connection on HTTP/2 keeps nothing of a request for the next. */
  readonly http2Rest = new DeadlineList(HTTP_2_REST_MS);
  readonly #ofLengths = new DeadlineLengths();
  readonly #lists: readonly DeadlineList[];

  constructor(settings: HttpSettings) {
    this.change(settings);
    this.#lists = Object.values(this);
  }

  /** What runs already is measured by the new lengths too. */
  change(settings: HttpSettings): void {
    this.dial.duration = settings.dialTimeout;
    this.handshake.duration = settings.handshakeTimeout;
    this.entering.duration = settings.enteringTimeout;
    this.endpoint.duration = settings.endpointTimeout;
    this.endpointOverHttp2.duration = settings.endpointTimeoutOverHttp2;
    this.firstByte.duration = settings.firstByteTimeout;
    this.requestIdle.duration = settings.requestIdleTimeout;
    this.responseIdle.duration = settings.responseIdleTimeout;
    this.stalledWrite.duration = settings.stalledWriteTimeout;
    this.tunnelIdle.duration = settings.tunnelIdleTimeout;
    this.head.duration = settings.headTimeout;
    this.downstreamIdle.duration = settings.downstreamIdleTimeout;
  }

  /** For an exchange. `requestTimeout`: the limit that its route asks for, milliseconds; 0: none of its own. */
  endpointFor(
    { http2 }: Pick<Request, 'http2'>,
    { requestTimeout }: { readonly requestTimeout: number },
  ): DeadlineList {
    if (requestTimeout !== 0) return this.#ofLengths.of(requestTimeout);
    return http2 ? this.endpointOverHttp2 : this.endpoint;
  }

  /**
   * For a connection to a backend on which no request is under way. `keptFor`: milliseconds after which the backend says
   * that it closes it, or `ABSENT`. `null`: too few to send another one.
   */
  idleUpstream(keptFor: number): DeadlineList | null {
    if (keptFor === ABSENT) return this.upstreamIdle;
    const usableFor = keptFor - Math.min(IDLE_MARGIN_MS, keptFor / 2);
    if (usableFor >= UPSTREAM_IDLE_MS) return this.upstreamIdle;
    return usableFor > 0 ? this.#ofLengths.of(usableFor * LENGTH_SHARE) : null;
  }

  /** Ends a bounded part of what is due; `true` when there may be more. */
  expireDue(now: number): boolean {
    let left = MOST_AT_ONCE - this.#ofLengths.expireDue(now, MOST_AT_ONCE);
    for (const list of this.#lists) left -= list.expireDue(now, left);
    return left === 0;
  }
}
