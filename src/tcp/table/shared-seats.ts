import { hostPort } from '../../address/host-port.ts';
import type { Seat } from '../../routing/seat.ts';
import type { TcpRegistration } from './route.ts';

/** See `Seats` of the registry. */
export interface SeatSource {
  take(): Seat | 'full';
  /** Back from `take`, once no thread's routes lead there; `false` while connections count in it. */
  end(seat: Seat): boolean;
}

/** See `Limbo` of the registry: `free` is asked when every thread has applied the end, until it says `true`. */
export type MakeLimbo = (free: (departure: Departure) => boolean) => { add(departure: Departure): void };

/** One time that the last route to a backend went. */
interface Departure {
  readonly holding: Holding;
}

interface Holding {
  readonly address: string;
  readonly identity: string;
  readonly seat: Seat;
  /** Routes that lead there. */
  routes: number;
  /** The last time none did any more; `null`: some do. */
  departure: Departure | null;
}

/**
 * A seat in the shared cells per backend: one process at one address under one identity, however many routes lead there.
 *
 * - serving: a route leads there.
 * - leaving: none does any more. Threads may not know yet, and connections may be open. Registered again, it is the same
 *   backend in the same seat: what is open still counts, and so does a mark.
 * - ended: every thread knows, and nothing is open. The seat is nobody's; who gets the slot next gets another seat.
 */
export class SharedSeats {
  readonly #source: SeatSource;
  readonly #limbo: ReturnType<MakeLimbo>;
  /** By address: more than one where an instance follows another. */
  readonly #held = new Map<string, Holding[]>();

  constructor(source: SeatSource, makeLimbo: MakeLimbo) {
    this.#source = source;
    this.#limbo = makeLimbo((departure) => this.#end(departure));
  }

  /** For one more route. `release` must follow. */
  acquire(registration: TcpRegistration): Seat | 'full' {
    const holding = this.#find(registration) ?? this.#hold(registration);
    if (holding === 'full') return 'full';
    holding.routes++;
    holding.departure = null;
    return holding.seat;
  }

  /** One route less. @throws when there is none */
  release(registration: TcpRegistration): void {
    const holding = this.#find(registration);
    if (holding === undefined || holding.routes === 0)
      throw new Error('a backend has lost a route that it did not have');
    if (--holding.routes > 0) return;
    holding.departure = { holding };
    this.#limbo.add(holding.departure);
  }

  /** Whether any route leads to the address. */
  isRouted(address: string): boolean {
    return this.#held.get(address)?.some(({ routes }) => routes > 0) ?? false;
  }

  #find(registration: TcpRegistration): Holding | undefined {
    const identity = identityOf(registration);
    return this.#held.get(addressOf(registration))?.find((holding) => holding.identity === identity);
  }

  #hold(registration: TcpRegistration): Holding | 'full' {
    const seat = this.#source.take();
    if (seat === 'full') return 'full';
    const [address, identity] = [addressOf(registration), identityOf(registration)];
    const holding: Holding = { address, identity, seat, routes: 0, departure: null };
    const others = this.#held.get(address);
    if (others === undefined) this.#held.set(address, [holding]);
    else others.push(holding);
    return holding;
  }

  #end(departure: Departure): boolean {
    const { holding } = departure;
    // It has come back since.
    if (holding.departure !== departure) return true;
    if (!this.#source.end(holding.seat)) return false;
    const others = this.#held.get(holding.address)!.filter((each) => each !== holding);
    if (others.length === 0) this.#held.delete(holding.address);
    else this.#held.set(holding.address, others);
    return true;
  }
}

export function addressOf({ host, backendPort }: TcpRegistration): string {
  return hostPort(host, backendPort);
}

/** Which process at its address it is, as far as anybody says: another instance, or TLS under another name, is another. */
export function identityOf({ instanceId, terms }: TcpRegistration): string {
  return JSON.stringify([instanceId, terms.backendTls?.name ?? null]);
}
