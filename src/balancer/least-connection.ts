import type { Endpoint } from '../routing/endpoint.ts';
import type { Attempt, Candidates } from './balancer.ts';

/**
 * The endpoint with the fewest requests under way over all threads, ties broken by a random starting point.
 * Unlike gorouter's, it passes over endpoints that are marked failed or were tried before while others remain.
 */
export function leastConnection(candidates: Candidates, attempt: Attempt): Endpoint | null {
  const { endpoints } = candidates;
  const count = endpoints.length;
  if (count <= 1) return endpoints[0] ?? null;
  const { load, nowSecond, tried } = attempt;
  const start = Math.floor(attempt.random() * count);
  let best: Endpoint | null = null;
  let bestRank = 0;
  for (let step = 0; step < count; step++) {
    const endpoint = endpoints[(start + step) % count]!;
    let rank = load.inFlight(endpoint.slot);
    if (tried.length > 0 && tried.includes(endpoint)) rank += TRIED;
    else if (load.isFailed(endpoint.slot, nowSecond)) rank += FAILED;
    if (best === null || rank < bestRank) {
      best = endpoint;
      bestRank = rank;
    }
  }
  return best;
}

/** Far above any count of requests: these come last, in this order. */
const FAILED = 2 ** 40;
const TRIED = 2 ** 41;
