import type { Seat } from '../routing/seat.ts';

/**
 * One state of one backend, as some pools hold it: what is asked of it again and again, and where the rest is
 * written. The table has as many of these as endpoints, so there is little in them.
 */
export interface HeldEndpoint {
  /** Place of the packed endpoint. */
  readonly record: number;
  readonly seat: Seat;
  readonly address: string;
  readonly tls: boolean;
  /** Seconds. */
  readonly staleThreshold: number;
  /** Members that hold it. */
  uses: number;
  /** Another state, or another backend, at the same address. */
  next: HeldEndpoint | null;
}
