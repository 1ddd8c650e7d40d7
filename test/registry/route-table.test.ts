import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { NaiveTable } from '../../simulate/naive-table.ts';
import type { RouteMessage } from '../../src/bus/route-message.ts';
import { backendIdentity, type Endpoint } from '../../src/routing/endpoint.ts';
import { slotOf } from '../../src/routing/seat.ts';
import { RegistryFixture, replicaOf, routeMessage } from '../support/registry-fixture.ts';

const STALE_THRESHOLD = 120_000;

const message = fc
  .record({
    uris: fc.array(fc.constantFrom('a.com', 'b.com', 'b.com/x', '*.c.com'), { maxLength: 3 }),
    port: fc.integer({ min: 1, max: 4 }),
    tls: fc.boolean(),
    instanceId: fc.constantFrom('', 'i1'),
    availabilityZone: fc.constantFrom('', 'z1'),
    isolationSegment: fc.constantFrom('', 'mine', 'foreign'),
    routeServiceUrl: fc.constantFrom('', '', 'https://rs'),
    loadBalancing: fc.constantFrom('' as const, 'least-connection' as const),
    staleThreshold: fc.constantFrom(0, 10, 1000),
    tags: fc.constantFrom(null, { a: '1' }, { a: '1', b: '2' }, { b: '1' }),
  })
  .map(routeMessage);

/** Few messages said often: heartbeats are what a table hears most. */
const story = fc.array(message, { minLength: 1, maxLength: 4 }).chain((messages) => {
  const said = fc.constantFrom(...messages);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('register' as const), message: said }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('unregister' as const), message: said }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('prune' as const), busConnected: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
    },
  );
  return fc.array(step, { maxLength: 60, size: 'max' });
});

const policy = fc.record({
  suspendPruning: fc.boolean(),
  emptyPoolLifetime: fc.constantFrom(0, 50_000),
});

test('after any sequence the table is the naive one, and feed and snapshot build the same replica', () => {
  fc.assert(
    fc.property(policy, story, ({ suspendPruning, emptyPoolLifetime }, steps) => {
      const fixture = new RegistryFixture({
        staleThreshold: STALE_THRESHOLD,
        suspendPruning,
        keepEmptyPools: emptyPoolLifetime > 0,
        emptyPoolTimeout: emptyPoolLifetime,
        sharding: { mode: 'shared-and-segments', segments: ['mine'] },
      });
      const naive = new NaiveTable({
        staleThreshold: STALE_THRESHOLD,
        suspendPruning,
        emptyPoolLifetime,
        segments: ['', 'mine'],
      });
      for (const next of steps) {
        if (next.do === 'wait') fixture.now += next.ms;
        else if (next.do === 'prune') {
          fixture.prune(next.busConnected);
          naive.prune(next.busConnected, fixture.now);
        } else {
          fixture.registry[next.do](next.message);
          naive[next.do](next.message, fixture.now);
        }
        assertSame(fixture, naive);
      }
    }),
    { numRuns: 300 },
  );
});

function assertSame(fixture: RegistryFixture, naive: NaiveTable): void {
  const replica = replicaOf(fixture.changes);
  assert.deepEqual(replicaOf(fixture.snapshot()), replica);
  assert.equal(fixture.registry.poolCount, naive.pools.length);
  assert.equal(fixture.registry.endpointCount, naive.rows.length);
  const shown = replica.map(({ settings, members }) => ({
    key: settings.routeKey,
    algorithm: settings.loadBalancing,
    routeService: settings.routeServiceUrl,
    members: members.map(({ backend: _, ...endpoint }) => endpoint),
  }));
  const expected = naive.pools.map(({ key, algorithm }) => ({
    key,
    algorithm,
    routeService: naive.routeServiceOf(key),
    members: naive.rows.filter((row) => row.key === key).map(({ message, ttl }) => contentOf(message, ttl)),
  }));
  assert.deepEqual(shown, expected);
  assertSlots(replica.flatMap(({ members }) => members));
}

function contentOf({ uris: _, ...content }: RouteMessage, ttl: number) {
  return { ...content, staleThreshold: ttl };
}

/** One slot per backend identity and one identity per slot. */
function assertSlots(endpoints: readonly Endpoint[]): void {
  const identities = new Set(endpoints.map(backendIdentity));
  const slots = new Set(endpoints.map(({ backend }) => slotOf(backend.seat)));
  const pairs = new Set(
    endpoints.map((endpoint) => `${slotOf(endpoint.backend.seat)} ${backendIdentity(endpoint)}`),
  );
  assert.deepEqual([slots.size, pairs.size], [identities.size, identities.size]);
}
