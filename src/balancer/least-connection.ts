import type { Attempt, Candidates } from '../routing/balancer.ts';
import type { Endpoint } from '../routing/endpoint.ts';

/**
 * The endpoint with the fewest requests under way over all threads; of several, each is as likely as the others.
 * Unlike gorouter's, it passes over endpoints that are marked failed or were tried before while others remain.
 */
export function leastConnection({ endpoints }: Candidates, attempt: Attempt): Endpoint | null {
  const { load, nowSecond, tried } = attempt;
  const zone = tried.length === 0 ? attempt.zone : '';
  let best: Endpoint | null = null;
  let bestRank = 0;
  let ties = 0;
  for (const endpoint of endpoints) {
    const { seat } = endpoint.backend;
    if (load.isFull(seat)) continue;
    let rank = load.inFlight(seat);
    if (tried.length > 0 && tried.includes(endpoint.backend)) rank += TRIED;
    else if (load.isFailed(seat, nowSecond)) rank += FAILED;
    else if (zone !== '' && endpoint.availabilityZone !== zone) rank += ELSEWHERE;
    if (best === null || rank < bestRank) {
      best = endpoint;
      bestRank = rank;
      ties = 1;
    } else if (rank === bestRank && attempt.random() * ++ties < 1) {
      best = endpoint;
    }
  }
  return best;
}

/** Far above any count of requests: these come last, in this order. */
const ELSEWHERE = 2 ** 39;
const FAILED = 2 ** 40;
const TRIED = 2 ** 41;
