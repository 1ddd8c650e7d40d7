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
  /** `unnamed`: its certificate need be right for the address alone, and so is that of whoever has it next. */
  readonly tls: 'none' | 'unnamed' | 'verified';
  /** Seconds. */
  readonly staleThreshold: number;
  /** Whether it says who may call, or by way of what service: most say neither. */
  readonly hasTerms: boolean;
  /** Members that hold it. */
  uses: number;
  /** Among all states there are; -1: it is not among them yet. */
  place: number;
  /** Other states of the same backend. */
  next: HeldEndpoint | null;
  previous: HeldEndpoint | null;
}
