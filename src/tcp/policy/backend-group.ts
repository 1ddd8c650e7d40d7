import type { Seat } from '../../routing/seat.ts';
import type { TcpBackend, TcpBalancing } from '../table/route.ts';

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
  /** Of its own, uniform in [0, 1), and the same each time: which arm it is given where its route has a split. */
  readonly draw: number;
}

/** How a route's connections are shared out between backends. */
export interface Sharing {
  readonly balancing: TcpBalancing;
  /** Of one backend, over all threads; 0: no limit. */
  readonly maxConnections: number;
}

/** `full`: those that could take it have their fill; `none`: there is nobody to try. */
export type Choice = TcpBackend | 'full' | 'none';

/** Backends of one route among which its algorithm chooses: all that are served, or those of one arm of its split. */
export class BackendGroup {
  readonly backends: readonly TcpBackend[];
  #turn: number;

  /** @param turn where to begin: threads that all began at the first backend would load it more than the others */
  constructor(backends: readonly TcpBackend[], turn: number) {
    this.backends = backends;
    this.#turn = turn;
  }

  get turn(): number {
    return this.#turn;
  }

  /** A backend that the connection has not tried, and that has not failed. */
  best(seeker: Seeker, state: BackendState, nowSecond: number, sharing: Sharing): Choice {
    const { balancing, maxConnections } = sharing;
    const { length } = this.backends;
    let best: TcpBackend | null = null;
    let least = Number.POSITIVE_INFINITY;
    let outcome: 'full' | 'none' = 'none';
    const first = this.#turn++ % Math.max(length, 1);
    for (let i = 0; i < length; i++) {
      const backend = this.backends[(first + i) % length]!;
      if (seeker.tried.includes(backend.seat) || state.isFailed(backend.seat, nowSecond)) continue;
      const load = state.inFlight(backend.seat);
      if (maxConnections > 0 && load >= maxConnections) {
        outcome = 'full';
        continue;
      }
      if (balancing === 'round-robin') return backend;
      const cost = balancing === 'source-hash' ? hash(seeker.source, backend.address) : load;
      if (cost < least) {
        least = cost;
        best = backend;
      }
    }
    return best ?? outcome;
  }
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
