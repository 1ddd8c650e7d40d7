import type { Seat } from '../routing/seat.ts';
import type { Member } from './members.ts';
import type { Trust } from './trust.ts';

/** In the order in which they are looked for: one that is several of these is the first of them. */
const ENDPOINT_STATES = [
  /** An order of an operator: no new requests but those that are pinned to it; none at all. */
  'draining',
  'held',
  /** It is due to go and is kept for a while. */
  'stale',
  /** Requests go elsewhere for a while, after an attempt on it failed. */
  'failed',
  /** As many requests await its response as may. */
  'full',
  /** From the snapshot, and not announced since. */
  'restored',
  'ready',
] as const;

/** `warming`, `ejected`, `probing` and `unhealthy` will be states too, and are nothing else until then. */
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** What all threads have marked of a backend. */
export interface BackendMarks {
  /** The second of the process's monotonic clock until which it counts as failed; 0: it does not. */
  failedUntil(seat: Seat): number;
  /** Requests that await its response. */
  awaited(seat: Seat): number;
  /** `backends.max_conns`; 0: no limit. */
  mostAwaited(): number;
}

/** @param now by the table's clock. @param second of the process's monotonic clock */
export function stateOf(
  member: Member,
  now: number,
  second: number,
  trust: Trust,
  marks: BackendMarks | null,
): EndpointState {
  const { held, origin } = member;
  if (trust.judge(member, now) !== 'keep') return 'stale';
  if (marks !== null && marks.failedUntil(held.seat) > second) return 'failed';
  const most = marks?.mostAwaited() ?? 0;
  if (most > 0 && marks!.awaited(held.seat) >= most) return 'full';
  return origin.kind === 'snapshot' ? 'restored' : 'ready';
}

export type StateCounts = Record<EndpointState, number>;

export function noStates(): StateCounts {
  return Object.fromEntries(ENDPOINT_STATES.map((state) => [state, 0])) as StateCounts;
}
