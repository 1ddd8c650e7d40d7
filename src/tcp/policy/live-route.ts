import type { Seat } from '../../routing/seat.ts';
import type { TcpBackend, TcpBalancing, TcpRoute } from '../table/route.ts';
import { sameTls } from '../table/terms.ts';

/** What the choice looks at of a backend, over all threads. */
export interface BackendState {
  inFlight(seat: Seat): number;
  isFailed(seat: Seat, nowSecond: number): boolean;
}

/** The connection that wants a backend. */
export interface Seeker {
  /** The client's address, for `source-hash`. */
  readonly source: string;
  /** Seats of backends that could not be reached for it. */
  readonly tried: readonly Seat[];
}

/** A route as one thread uses it: chooses backends. */
export class LiveRoute {
  readonly #backends: readonly TcpBackend[];
  /** Whether TLS with clients ends here, and what they may agree on then. */
  readonly terminates: boolean;
  readonly alpns: readonly string[];
  readonly #balancing: TcpBalancing;
  /** 0: no limit. */
  readonly #maxConnections: number;
  #turn: number;

  /** @param turn where to begin: threads that all began at the first backend would load it more than the others */
  constructor(route: TcpRoute, balancing: TcpBalancing, maxConnections: number, turn: number) {
    this.#backends = route.backends;
    this.terminates = route.terminates;
    this.alpns = route.alpns;
    this.#balancing = balancing;
    this.#maxConnections = maxConnections;
    this.#turn = turn;
  }

  /** The same route from now on: its turn goes on. */
  next(route: TcpRoute): LiveRoute {
    return new LiveRoute(route, this.#balancing, this.#maxConnections, this.#turn);
  }

  /** Whether nobody is there to be tried. */
  get isEmpty(): boolean {
    return this.#backends.length === 0;
  }

  /**
   * Whether a connection that came earlier is still one of the route's. `agreed`: the protocol of its TLS handshake with
   * the router, empty where none was agreed on; `null` where its TLS does not end here.
   */
  suits(agreed: string | null): boolean {
    if (agreed === null) return !this.terminates;
    return this.terminates && (agreed === '' || this.alpns.includes(agreed));
  }

  /** Whether that very backend is here, and is to be spoken to in the same way. */
  leadsTo(backend: TcpBackend): boolean {
    return this.#backends.some((each) => each.seat === backend.seat && isSpokenAlike(each, backend));
  }

  /**
   * A backend neither tried nor failed, or when there is none, one that is only not tried. `full`: those that
   * could take it have their fill; `none`: there is nothing left to try.
   */
  choose(seeker: Seeker, state: BackendState, nowSecond: number): TcpBackend | 'full' | 'none' {
    const chosen = this.#best(seeker, state, nowSecond);
    return chosen === 'none' ? this.#best(seeker, state, Number.POSITIVE_INFINITY) : chosen;
  }

  #best(seeker: Seeker, state: BackendState, nowSecond: number): TcpBackend | 'full' | 'none' {
    const { length } = this.#backends;
    let best: TcpBackend | null = null;
    let least = Number.POSITIVE_INFINITY;
    let outcome: 'full' | 'none' = 'none';
    const first = this.#turn++ % Math.max(length, 1);
    for (let i = 0; i < length; i++) {
      const backend = this.#backends[(first + i) % length]!;
      if (seeker.tried.includes(backend.seat) || state.isFailed(backend.seat, nowSecond)) continue;
      const load = state.inFlight(backend.seat);
      if (this.#maxConnections > 0 && load >= this.#maxConnections) {
        outcome = 'full';
        continue;
      }
      if (this.#balancing === 'round-robin') return backend;
      const cost = this.#balancing === 'source-hash' ? hash(seeker.source, backend.address) : load;
      if (cost < least) {
        least = cost;
        best = backend;
      }
    }
    return best ?? outcome;
  }
}

function isSpokenAlike(one: TcpBackend, other: TcpBackend): boolean {
  return one.sendProxy === other.sendProxy && sameTls(one.tls, other.tls);
}

/** Rendezvous hashing (FNV-1a): a backend that comes or goes moves only the clients that are its own. */
function hash(source: string, address: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < source.length; i++) value = Math.imul(value ^ source.charCodeAt(i), 0x01000193);
  for (let i = 0; i < address.length; i++) value = Math.imul(value ^ address.charCodeAt(i), 0x01000193);
  // FNV's last characters barely reach the high bits: mix.
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
