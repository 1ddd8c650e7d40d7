import type { Attempt, Candidates } from '../routing/balancer.ts';
import type { Endpoint } from '../routing/endpoint.ts';

/**
 * The next endpoint in turn that is neither marked failed nor tried before. When all are, the marks are
 * cleared, as gorouter does (reference §2.5): a failing backend is better than none.
 */
export function roundRobin(candidates: Candidates, attempt: Attempt): Endpoint | null {
  const { endpoints } = candidates;
  const count = endpoints.length;
  if (count === 0) return null;
  for (let step = 0; step < count; step++) {
    const endpoint = next(candidates);
    if (!attempt.load.isFailed(endpoint.slot, attempt.nowSecond) && !attempt.tried.includes(endpoint)) {
      return endpoint;
    }
  }
  return leastBad(candidates, attempt);
}

function leastBad(candidates: Candidates, attempt: Attempt): Endpoint {
  const { endpoints } = candidates;
  for (let step = 0; step < endpoints.length; step++) {
    const endpoint = next(candidates);
    if (!attempt.tried.includes(endpoint)) {
      for (const { slot } of endpoints) attempt.load.clearFailed(slot);
      return endpoint;
    }
  }
  return next(candidates);
}

function next(candidates: Candidates): Endpoint {
  const at = candidates.cursor % candidates.endpoints.length;
  candidates.cursor = at + 1;
  return candidates.endpoints[at]!;
}
