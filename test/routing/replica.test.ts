import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { balancerFor } from '../../src/balancer/balancer.ts';
import { leastConnection } from '../../src/balancer/least-connection.ts';
import type { RouteChange } from '../../src/routing/change.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { Replica } from '../../src/routing/replica.ts';
import { endpointOf, poolSettingsOf } from '../support/endpoint.ts';
import { type ReplicaPool, replicaOf } from '../support/registry-fixture.ts';

const KEYS = ['a.com', 'b.com', '*.c.com', 'd.com'];

function poolPut(id: number, fields = {}): RouteChange {
  return { kind: 'pool-put', pool: poolSettingsOf(id, `${KEYS[id % KEYS.length]}/${id}`, fields) };
}

function endpointPut(pool: number, endpoint: Endpoint): RouteChange {
  return { kind: 'endpoint-put', pool, endpoint };
}

function endpointGone(pool: number, { address }: Endpoint): RouteChange {
  return { kind: 'endpoint-gone', pool, address };
}

/** A replica and the slots it has said to be unused since the last look. */
function follow(): { replica: Replica; takeUnused(): number[] } {
  const unused: number[] = [];
  return {
    replica: new Replica(balancerFor, (slot) => unused.push(slot)),
    takeUnused: () => unused.splice(0),
  };
}

function shown(replica: Replica, { settings }: ReplicaPool): ReplicaPool | null {
  const [host, ...segments] = settings.routeKey.replace('*', 'x').split('/') as [string, ...string[]];
  const pool = replica.table.match(host, `/${segments.join('/')}`);
  return pool === null ? null : { settings: pool.settings, members: [...pool.endpoints] };
}

describe('a slot is said to be unused', () => {
  const one = endpointOf(1);

  test('when its endpoint is gone', () => {
    const { replica, takeUnused } = follow();
    replica.apply([poolPut(0), endpointPut(0, one), endpointPut(0, endpointOf(2)), endpointGone(0, one)]);
    assert.deepEqual(takeUnused(), [1]);
  });

  test('once, after the last of several pools has let go of it', () => {
    const { replica, takeUnused } = follow();
    replica.apply([poolPut(0), poolPut(1), endpointPut(0, one), endpointPut(1, one), endpointGone(0, one)]);
    assert.deepEqual(takeUnused(), []);
    replica.apply([endpointGone(1, one)]);
    assert.deepEqual(takeUnused(), [1]);
  });

  test('when another takes the address', () => {
    const { replica, takeUnused } = follow();
    replica.apply([
      poolPut(0),
      endpointPut(0, one),
      endpointPut(0, { ...endpointOf(2), address: one.address }),
    ]);
    assert.deepEqual(takeUnused(), [1]);
  });

  test('not when the endpoint is replaced by one of the same slot', () => {
    const { replica, takeUnused } = follow();
    replica.apply([poolPut(0), endpointPut(0, one), endpointPut(0, { ...one, appId: 'other' })]);
    assert.deepEqual(takeUnused(), []);
    replica.apply([endpointGone(0, one)]);
    assert.deepEqual(takeUnused(), [1]);
  });

  test('when its pool is gone with all that is in it', () => {
    const { replica, takeUnused } = follow();
    replica.apply([
      poolPut(0),
      endpointPut(0, one),
      endpointPut(0, endpointOf(2)),
      { kind: 'pool-gone', pool: 0 },
    ]);
    assert.deepEqual(takeUnused(), [1, 2]);
  });
});

test('C09 a change of what is not there changes nothing', () => {
  const { replica, takeUnused } = follow();
  replica.apply([
    endpointPut(7, endpointOf(1)),
    endpointGone(7, endpointOf(1)),
    { kind: 'pool-gone', pool: 7 },
    poolPut(0),
    endpointGone(0, endpointOf(1)),
  ]);
  assert.deepEqual(takeUnused(), []);
  assert.equal(replica.table.match('a.com', '/0')?.isEmpty, true);
});

test('new settings of a pool, its algorithm among them, leave its members', () => {
  const { replica } = follow();
  replica.apply([
    poolPut(0),
    endpointPut(0, endpointOf(1)),
    poolPut(0, { loadBalancing: 'least-connection' }),
  ]);
  const pool = replica.table.match('a.com', '/0');
  assert.equal(pool?.settings.loadBalancing, 'least-connection');
  assert.equal(pool.balancer, leastConnection);
  assert.deepEqual(pool.endpoints, [endpointOf(1)]);
});

test('an endpoint replaced keeps its place in the turn', () => {
  const { replica } = follow();
  const other = { ...endpointOf(9), address: endpointOf(2).address };
  replica.apply([
    poolPut(0),
    ...[1, 2, 3].map((slot) => endpointPut(0, endpointOf(slot))),
    endpointPut(0, other),
  ]);
  assert.deepEqual(
    replica.table.match('a.com', '/0')?.endpoints.map(({ slot }) => slot),
    [1, 9, 3],
  );
});

/** A change that makes sense, chosen by numbers from what is there. */
function nextChange(
  pools: readonly ReplicaPool[],
  newId: number,
  [what, which, slot]: readonly number[],
): RouteChange {
  const pool = pools[which! % pools.length];
  if (pool === undefined || what! < 2) return poolPut(newId);
  const { settings, members } = pool;
  const member = members[slot! % members.length];
  if (what === 2) return { kind: 'pool-put', pool: { ...settings, routeServiceUrl: `https://${slot}` } };
  if (member === undefined && what === 3) return { kind: 'pool-gone', pool: settings.id };
  if (member !== undefined && what! < 6) return endpointGone(settings.id, member);
  return endpointPut(settings.id, { ...endpointOf(slot!), address: `10.0.0.1:${slot! % 3}` });
}

function slotsOf(pools: readonly ReplicaPool[]): Set<number> {
  return new Set(pools.flatMap(({ members }) => members.map(({ slot }) => slot)));
}

test('after any feed the replica is the plain one, and each slot was said to be unused when it became so', () => {
  const step = fc.tuple(fc.nat(10), fc.nat(20), fc.nat(6));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { replica, takeUnused } = follow();
      const feed: RouteChange[] = [];
      let pools: ReplicaPool[] = [];
      for (const [index, numbers] of steps.entries()) {
        const change = nextChange(pools, index, numbers);
        const before = slotsOf(pools);
        const gone = pools.filter(
          ({ settings }) => change.kind === 'pool-gone' && settings.id === change.pool,
        );
        feed.push(change);
        pools = replicaOf(feed);
        replica.apply([change]);
        assert.deepEqual(takeUnused(), [...before.difference(slotsOf(pools))]);
        for (const pool of pools) assert.deepEqual(shown(replica, pool), pool);
        for (const pool of gone) assert.equal(shown(replica, pool), null);
      }
      const late = follow().replica;
      late.apply(feed);
      for (const pool of pools) assert.deepEqual(shown(late, pool), pool, 'all changes at once');
    }),
    { numRuns: 300 },
  );
});
