import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { balancerFor } from '../../src/balancer/balancer.ts';
import type { Endpoint, LoadBalancing } from '../../src/routing/endpoint.ts';
import { endpointOf } from '../support/endpoint.ts';
import { attemptOf, BALANCER_CASES, candidatesOf, FixedLoad, seededRandom } from './balancer.cases.ts';

const ALGORITHMS: readonly LoadBalancing[] = ['round-robin', 'least-connection', 'hash'];
const PICKS = 200;

function endpointsOf(count: number): Endpoint[] {
  return Array.from({ length: count }, (_, seat) => endpointOf(seat));
}

for (const algorithm of ALGORITHMS) {
  const choose = balancerFor(algorithm);

  describe(algorithm, () => {
    for (const { name, count, failed = [], tried = [], full = [], chosen } of BALANCER_CASES) {
      test(name, () => {
        const endpoints = endpointsOf(count);
        const random = seededRandom(1);
        const seen = new Set<number | undefined>();
        for (let cursor = 0; cursor < PICKS; cursor++) {
          const load = new FixedLoad(failed);
          for (const seat of full) load.full.add(seat);
          const attempt = attemptOf(
            load,
            random,
            tried.map((seat) => endpoints[seat]!),
          );
          seen.add(choose(candidatesOf(endpoints, cursor), attempt)?.backend.seat);
        }
        assert.deepEqual(seen, new Set(count === 0 ? [undefined] : chosen));
      });
    }

    test('§2.5 nobody is chosen when all are full', () => {
      const load = new FixedLoad();
      for (let seat = 0; seat < 4; seat++) load.full.add(seat);
      for (const count of [1, 4]) {
        assert.equal(choose(candidatesOf(endpointsOf(count)), attemptOf(load, seededRandom(1))), null);
      }
    });

    test('§2.7 C12 of six with three dead, one that answers is found within four attempts', () => {
      const endpoints = endpointsOf(6);
      const random = seededRandom(2);
      for (let cursor = 0; cursor < PICKS; cursor++) {
        const candidates = candidatesOf(endpoints, cursor);
        const tried: Endpoint[] = [];
        let found: Endpoint | null = null;
        while (found === null && tried.length < 4) {
          const endpoint = choose(candidates, attemptOf(new FixedLoad(), random, tried))!;
          if (endpoint.backend.seat >= 3) found = endpoint;
          else tried.push(endpoint);
        }
        assert.notEqual(found, null, `tried ${tried.map(({ backend: { seat } }) => seat)}`);
      }
    });

    test('one that was tried is passed over also when it has been registered anew since', () => {
      const tried = endpointsOf(4);
      const anew = tried.map((endpoint) => ({ ...endpoint, tags: {} }));
      for (let cursor = 0; cursor < PICKS; cursor++) {
        const attempt = attemptOf(new FixedLoad(), seededRandom(cursor), tried.slice(0, 3));
        assert.equal(choose(candidatesOf(anew, cursor), attempt), anew[3]);
      }
    });

    test('never is at a loss while there is an endpoint, whatever has failed or was tried', () => {
      const seats = fc.uniqueArray(fc.nat(7), { maxLength: 8 });
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 8 }),
          seats,
          seats,
          fc.nat(),
          fc.nat(),
          (count, failed, tried, cursor, seed) => {
            const endpoints = endpointsOf(count);
            const seen = endpoints.filter(({ backend: { seat } }) => tried.includes(seat));
            const chosen = choose(
              candidatesOf(endpoints, cursor),
              attemptOf(new FixedLoad(failed), seededRandom(seed), seen),
            );
            assert.ok(chosen !== null && endpoints.includes(chosen));
            if (seen.length < count) assert.ok(!seen.includes(chosen), 'one tried, though others were not');
          },
        ),
      );
    });
  });
}
