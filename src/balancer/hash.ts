import type { Attempt, Candidates } from '../routing/balancer.ts';
import type { Endpoint } from '../routing/endpoint.ts';
import { maglevTable, tableIndex } from './maglev.ts';

/**
 * The endpoint that a header's value leads to, on every router and thread the same (docs/compatibility.md §2.5). From one that
 * is full, tried, failed or has too large a share of the load, the table is walked on to the next that is not.
 * Availability zones do not matter.
 */
export function hash(candidates: Candidates, attempt: Attempt): Endpoint | null {
  const { endpoints } = candidates;
  if (endpoints.length === 0) return null;
  candidates.hashTable ??= maglevTable(endpoints, attempt.hashTableSize);
  const from = tableIndex(attempt.hashed, candidates.hashTable.length);
  const limit = mostInFlight(candidates, attempt);
  return (
    walk(candidates, attempt, from, limit, attempt.nowSecond) ??
    walk(candidates, attempt, from, UNLIMITED, attempt.nowSecond) ??
    walk(candidates, attempt, from, UNLIMITED, Number.POSITIVE_INFINITY) ??
    anyWithRoom(candidates, attempt, from)
  );
}

const UNLIMITED = Number.POSITIVE_INFINITY;

/** The first from `from` on that is neither full, tried, failed at `second` nor above `limit`. */
function walk(
  { endpoints, hashTable }: Candidates,
  { load, tried }: Attempt,
  from: number,
  limit: number,
  second: number,
): Endpoint | null {
  const table = hashTable!;
  for (let step = 0; step < table.length; step++) {
    const endpoint = endpoints[table[(from + step) % table.length]!]!;
    const { seat } = endpoint.backend;
    if (load.isFull(seat) || tried.includes(endpoint.backend) || load.isFailed(seat, second)) continue;
    if (limit === UNLIMITED || load.inFlight(seat) <= limit) return endpoint;
  }
  return null;
}

function mostInFlight({ endpoints, hashBalance }: Candidates, { load }: Attempt): number {
  if (hashBalance === 0) return UNLIMITED;
  let sum = 0;
  for (const { backend } of endpoints) sum += load.inFlight(backend.seat);
  return (sum / endpoints.length) * hashBalance;
}

/** Also of those tried before, and of those for which the table has no place. */
function anyWithRoom({ endpoints }: Candidates, { load, tried }: Attempt, from: number): Endpoint | null {
  let any: Endpoint | null = null;
  for (let step = 0; step < endpoints.length; step++) {
    const endpoint = endpoints[(from + step) % endpoints.length]!;
    if (load.isFull(endpoint.backend.seat)) continue;
    if (!tried.includes(endpoint.backend)) return endpoint;
    any ??= endpoint;
  }
  return any;
}
