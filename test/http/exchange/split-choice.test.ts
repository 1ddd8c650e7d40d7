import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { balancerFor } from '../../../src/balancer/balancer.ts';
import { roundRobin } from '../../../src/balancer/round-robin.ts';
import { EndpointChoice } from '../../../src/http/exchange/endpoint-choice.ts';
import { ArmTallies } from '../../../src/routing/arm-tally.ts';
import type { Endpoint } from '../../../src/routing/endpoint.ts';
import { EndpointCells } from '../../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../../src/routing/endpoint-memory.ts';
import { EndpointOrders } from '../../../src/routing/endpoint-orders.ts';
import { Pool } from '../../../src/routing/pool.ts';
import { readSplit } from '../../../src/routing/split.ts';
import { endpointOf, poolSettingsOf } from '../../support/endpoint.ts';
import { requestOf } from '../../support/parsed-head.ts';

const APPS = ['a', 'b', 'c'].map((letter) => `00000000-0000-4000-8000-00000000000${letter}`);
const SLOTS = 20;

const CASE = fc.record({
  /** Instances of each application. */
  instances: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 })),
  weights: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 3 })),
  key: fc.constantFrom('none', 'client-ip', 'cookie:UID', 'header:X-User'),
  onEmpty: fc.constantFrom('spill', 'fail'),
  algorithm: fc.constantFrom('round-robin' as const, 'least-connection' as const, 'hash' as const),
  user: fc.string({ unit: fc.constantFrom('u', 'v', 'w'), minLength: 1, maxLength: 4 }),
  /** Places of the endpoint that the client has a session with, or names; beyond the last: one that is gone. */
  session: fc.option(fc.nat({ max: 9 })),
  pin: fc.option(fc.nat({ max: 9 }), { freq: 4 }),
  /** An operator's, of an endpoint. */
  order: fc.option(
    fc.record({ of: fc.nat({ max: 9 }), order: fc.constantFrom('drain' as const, 'hold' as const) }),
  ),
  attempts: fc.integer({ min: 1, max: 4 }),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

test('2.4 whatever a session, a pin, a hash or a retry asks for, what has no weight, or is ordered out, gets nothing that is not its own', () => {
  fc.assert(
    fc.property(CASE, (wanted) => {
      const weights = wanted.weights.every((weight) => weight === 0) ? [1, 0, 0] : wanted.weights;
      const endpoints = wanted.instances.flatMap((count, app) =>
        Array.from({ length: count }, (_, index) =>
          endpointOf(app * 4 + index, { appId: APPS[app]!, instanceIndex: String(index) }),
        ),
      );
      const arms = APPS.map((guid, app) => ({ selector: `app:${guid}`, weight: weights[app] }));
      const read = readSplit({ arms, key: wanted.key, on_empty: wanted.onEmpty }, 'r.test');
      assert.ok(read.ok);
      const hashHeader = wanted.algorithm === 'hash' ? 'X-User' : '';
      const settings = { loadBalancing: wanted.algorithm, hashHeader, split: read.split };
      const orders = new EndpointOrders();
      const ground = { tallies: new ArmTallies(), orders };
      const pool = new Pool(poolSettingsOf(1, 'r.test', settings), balancerFor(wanted.algorithm), ground);
      for (const endpoint of endpoints) pool.add(endpoint);
      const ordered = wanted.order === null ? undefined : endpoints[wanted.order.of];
      if (ordered !== undefined) {
        orders.replace([{ endpoint: ordered.address, route: '', order: wanted.order!.order }]);
      }

      const memory = new EndpointMemory(1, SLOTS);
      const choice = new EndpointChoice(
        {
          settings: {
            sticky: { cookieNames: ['JSESSIONID'], forNegotiate: false, secure: false },
            preferredZone: '',
            hashTableSize: 101,
          },
        },
        { cells: new EndpointCells(memory.buffers, 0), fallbackBalancer: roundRobin },
        () => wanted.at,
      );
      const session = wanted.session === null ? null : (endpoints[wanted.session]?.instanceId ?? 'gone');
      const pinned = wanted.pin === null ? null : (endpoints[wanted.pin] ?? null);
      const lines = [
        'Host: r.test',
        `X-User: ${wanted.user}`,
        `Cookie: UID=${wanted.user}${session === null ? '' : `; JSESSIONID=1; __VCAP_ID__=${session}`}`,
        ...(pinned === null ? [] : [`X-CF-App-Instance: ${pinned.appId}:${pinned.instanceIndex}`]),
      ];
      const { head, request } = requestOf('GET / HTTP/1.1', ...lines);
      const client = { caller: null, address: wanted.user };
      assert.equal(choice.begin(pool, { head, request, client }, false), null);

      const weighty = endpoints.filter(({ appId }) => weights[APPS.indexOf(appId)]! > 0);
      const served = weighty.filter((endpoint) => endpoint !== ordered);
      const tried: Endpoint[] = [];
      for (let attempt = 0; attempt < wanted.attempts; attempt++) {
        const chosen = choice.next(1000);
        if (pinned !== null) {
          assert.ok(chosen === (tried.length === 0 ? pinned : null));
        } else {
          // Sessions that are there go on with who is drained, and with nobody who is held or has no weight.
          const held = weighty.find(
            (each) => each.instanceId === session && (each !== ordered || wanted.order!.order === 'drain'),
          );
          if (attempt === 0 && held !== undefined) assert.ok(chosen === held);
          else if (chosen !== null) assert.ok(served.includes(chosen) && !tried.includes(chosen));
          const left = served.filter((each) => !tried.includes(each));
          const isDue = attempt > 0 || wanted.onEmpty === 'spill';
          if (isDue && left.length > 0) assert.notEqual(chosen, null);
          if (left.length === 0 && chosen !== held) assert.equal(chosen, null);
        }
        if (chosen === null) break;
        tried.push(chosen);
        choice.avoid(chosen);
      }
      choice.end();
    }),
    { numRuns: 1000 },
  );
});
