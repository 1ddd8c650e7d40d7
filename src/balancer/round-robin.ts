import type { Attempt, Candidates } from '../routing/balancer.ts';
import type { Endpoint } from '../routing/endpoint.ts';

/**
 * The next endpoint in turn that is neither full, marked failed nor tried before; at first one in the preferred zone.
 * When all are marked, the marks are cleared, as gorouter does (docs/compatibility.md §2.5): a failing backend is better than none.
 */
export function roundRobin(candidates: Candidates, attempt: Attempt): Endpoint | null {
  const { load, nowSecond, tried, zone } = attempt;
  const count = candidates.endpoints.length;
  if (zone !== '' && tried.length === 0) {
    const local = nextInZone(candidates, attempt);
    if (local !== null) return local;
  }
  for (let step = 0; step < count; step++) {
    const endpoint = next(candidates);
    const { seat } = endpoint.backend;
    if (load.isFull(seat) || load.isFailed(seat, nowSecond)) continue;
    if (!tried.includes(endpoint.backend)) return endpoint;
  }
  return leastBad(candidates, attempt);
}

function nextInZone(candidates: Candidates, { load, nowSecond, zone }: Attempt): Endpoint | null {
  const { endpoints } = candidates;
  for (let step = 0; step < endpoints.length; step++) {
    const endpoint = next(candidates);
    const { seat } = endpoint.backend;
    if (endpoint.availabilityZone !== zone || load.isFull(seat)) continue;
    if (!load.isFailed(seat, nowSecond)) return endpoint;
  }
  return null;
}

function leastBad(candidates: Candidates, { load, tried }: Attempt): Endpoint | null {
  const { endpoints } = candidates;
  for (let step = 0; step < endpoints.length; step++) {
    const endpoint = next(candidates);
    if (!load.isFull(endpoint.backend.seat) && !tried.includes(endpoint.backend)) {
      for (const { backend } of endpoints) load.clearFailed(backend.seat);
      return endpoint;
    }
  }
  for (let step = 0; step < endpoints.length; step++) {
    const endpoint = next(candidates);
    if (!load.isFull(endpoint.backend.seat)) return endpoint;
  }
  return null;
}

function next(candidates: Candidates): Endpoint {
  const at = candidates.cursor % candidates.endpoints.length;
  candidates.cursor = at + 1;
  return candidates.endpoints[at]!;
}
