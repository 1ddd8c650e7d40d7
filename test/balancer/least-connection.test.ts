import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { leastConnection } from '../../src/balancer/least-connection.ts';
import { endpointOf } from '../support/endpoint.ts';
import { attemptOf, candidatesOf, FixedLoad, seededRandom } from './balancer.cases.ts';

/** Endpoints with these many requests under way each. */
function busy(requests: readonly number[], failed: readonly number[] = []) {
  const load = new FixedLoad(failed);
  for (const [seat, count] of requests.entries()) load.requests.set(seat, count);
  return { candidates: candidatesOf(requests.map((_, seat) => endpointOf(seat))), load };
}

describe('least connection', () => {
  test('§2.5 always chooses one with the fewest requests under way', () => {
    const requests = fc.array(fc.nat(5), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(requests, fc.nat(), (counts, seed) => {
        const { candidates, load } = busy(counts);
        const chosen = leastConnection(candidates, attemptOf(load, seededRandom(seed)))!;
        assert.equal(counts[chosen.backend.seat], Math.min(...counts));
      }),
      { numRuns: 500 },
    );
  });

  test('chooses each of several with the fewest as often, wherever the busy ones are', () => {
    for (const counts of [
      [0, 0, 0, 0],
      [0, 5, 0, 5, 5, 5, 0],
      [9, 9, 2, 9, 2],
    ]) {
      const { candidates, load } = busy(counts);
      const random = seededRandom(3);
      const chosen = new Map<number, number>();
      const picks = 20_000;
      for (let i = 0; i < picks; i++) {
        const { seat } = leastConnection(candidates, attemptOf(load, random))!.backend;
        chosen.set(seat, (chosen.get(seat) ?? 0) + 1);
      }
      const fair = picks / counts.filter((count) => count === Math.min(...counts)).length;
      for (const [seat, times] of chosen) {
        assert.ok(Math.abs(times - fair) < fair * 0.05, `[${counts}]: ${seat} was chosen ${times} times`);
      }
    }
  });

  test('fills idle endpoints evenly when requests only come', () => {
    const { candidates, load } = busy([0, 0, 0, 0, 0]);
    const random = seededRandom(4);
    for (let i = 0; i < 500; i++) {
      const { seat } = leastConnection(candidates, attemptOf(load, random))!.backend;
      load.requests.set(seat, load.inFlight(seat) + 1);
    }
    assert.deepEqual([...load.requests.values()], [100, 100, 100, 100, 100]);
  });

  test('§2.5 passes over a failed one however busy the others are', () => {
    const { candidates, load } = busy([0, 1_000_000], [0]);
    assert.equal(
      leastConnection(
        candidates,
        attemptOf(load, () => 0),
      )?.backend.seat,
      1,
    );
  });

  test('passes over a tried one however busy the others are, and failed', () => {
    const { candidates, load } = busy([0, 1_000_000], [1]);
    const attempt = attemptOf(load, () => 0, candidates.endpoints.slice(0, 1));
    assert.equal(leastConnection(candidates, attempt)?.backend.seat, 1);
  });

  test('of failed ones chooses the least busy', () => {
    const { candidates, load } = busy([3, 1, 2], [0, 1, 2]);
    assert.equal(
      leastConnection(
        candidates,
        attemptOf(load, () => 0),
      )?.backend.seat,
      1,
    );
  });
});
