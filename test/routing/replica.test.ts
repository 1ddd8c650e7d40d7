import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { balancerFor } from '../../src/balancer/balancer.ts';
import { leastConnection } from '../../src/balancer/least-connection.ts';
import type { Backend } from '../../src/routing/backend.ts';
import type { PoolSettings } from '../../src/routing/change.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import type { Pool } from '../../src/routing/pool.ts';
import { Replica } from '../../src/routing/replica.ts';
import { endpointOf, poolSettingsOf } from '../support/endpoint.ts';
import { type PlainChange, PlainFeed } from '../support/plain-change.ts';
import { type ReplicaPool, replicaOf } from '../support/registry-fixture.ts';

const KEYS = ['a.com', 'b.com', '*.c.com', 'd.com'];

function poolPut(id: number, fields = {}): PlainChange {
  return { kind: 'pool-put', pool: poolSettingsOf(id, `${KEYS[id % KEYS.length]}/${id}`, fields) };
}

function endpointPut(pool: number, endpoint: Endpoint): PlainChange {
  return { kind: 'endpoint-put', pool, endpoint };
}

function endpointGone(pool: number, { address }: Endpoint): PlainChange {
  return { kind: 'endpoint-gone', pool, address };
}

/** A replica and the seats of backends that have retired since the last look. */
class Followed {
  readonly feed = new PlainFeed();
  readonly replica = new Replica(this.feed.records.reader, balancerFor);
  readonly #known = new Set<Backend>();

  /** Pools are looked at once they have come, as if there were requests. */
  apply(changes: readonly PlainChange[], piece?: number): void {
    for (const change of changes) {
      this.feed.apply(this.replica, [change], piece);
      if (change.kind === 'pool-put') shown(this.replica, change.pool);
      for (const backend of this.replica.backends) this.#known.add(backend);
    }
  }

  match(): Pool | null {
    return this.replica.match('a.com', '/0');
  }

  takeUnused(): number[] {
    const retired = [...this.#known].filter(({ isRetired }) => isRetired);
    for (const backend of retired) this.#known.delete(backend);
    return retired.map(({ seat }) => seat);
  }
}

function shown(replica: Replica, { routeKey }: PoolSettings): ReplicaPool | null {
  const [host, ...segments] = routeKey.replace('*', 'x').split('/') as [string, ...string[]];
  const pool = replica.match(host, `/${segments.join('/')}`);
  return pool === null ? null : { settings: pool.settings, members: [...pool.endpoints] };
}

describe('a backend retires', () => {
  const one = endpointOf(1);

  test('when its endpoint is gone', () => {
    const followed = new Followed();
    followed.apply([poolPut(0), endpointPut(0, one), endpointPut(0, endpointOf(2)), endpointGone(0, one)]);
    assert.deepEqual(followed.takeUnused(), [1]);
  });

  test('once, after the last of several pools has let go of it', () => {
    const followed = new Followed();
    followed.apply([poolPut(0), poolPut(1), endpointPut(0, one), endpointPut(1, one), endpointGone(0, one)]);
    assert.deepEqual(followed.takeUnused(), []);
    followed.apply([endpointGone(1, one)]);
    assert.deepEqual(followed.takeUnused(), [1]);
  });

  test('when another takes the address', () => {
    const followed = new Followed();
    followed.apply([poolPut(0), endpointPut(0, one), endpointPut(0, endpointOf(2, { port: one.port }))]);
    assert.deepEqual(followed.takeUnused(), [1]);
  });

  test('not when the endpoint is replaced by one of the same backend', () => {
    const followed = new Followed();
    followed.apply([poolPut(0), endpointPut(0, one), endpointPut(0, { ...one, appId: 'other' })]);
    assert.deepEqual(followed.takeUnused(), []);
    followed.apply([endpointGone(0, one)]);
    assert.deepEqual(followed.takeUnused(), [1]);
  });

  test('when its pool is gone with all that is in it', () => {
    const followed = new Followed();
    followed.apply([
      poolPut(0),
      endpointPut(0, one),
      endpointPut(0, endpointOf(2)),
      { kind: 'pool-gone', pool: 0 },
    ]);
    assert.deepEqual(followed.takeUnused(), [1, 2]);
  });
});

test('C09 a change of what is not there changes nothing', () => {
  const followed = new Followed();
  followed.apply([
    endpointPut(7, endpointOf(1)),
    endpointGone(7, endpointOf(1)),
    { kind: 'pool-gone', pool: 7 },
    poolPut(0),
    endpointGone(0, endpointOf(1)),
  ]);
  assert.deepEqual(followed.takeUnused(), []);
  assert.equal(followed.match()?.isEmpty, true);
});

test('new settings of a pool, its algorithm among them, leave its members', () => {
  const followed = new Followed();
  followed.apply([
    poolPut(0),
    endpointPut(0, endpointOf(1)),
    poolPut(0, { loadBalancing: 'least-connection' }),
  ]);
  const pool = followed.match();
  assert.equal(pool?.settings.loadBalancing, 'least-connection');
  assert.equal(pool.balancer, leastConnection);
  assert.deepEqual(pool.endpoints, [endpointOf(1)]);
});

test('an endpoint replaced keeps its place in the turn', () => {
  const followed = new Followed();
  const other = endpointOf(9, { port: endpointOf(2).port });
  followed.apply([
    poolPut(0),
    ...[1, 2, 3].map((seat) => endpointPut(0, endpointOf(seat))),
    endpointPut(0, other),
  ]);
  assert.deepEqual(
    followed.match()?.endpoints.map(({ backend }) => backend.seat),
    [1, 9, 3],
  );
});

/** A change that makes sense, chosen by numbers from what is there. */
function nextChange(
  pools: readonly ReplicaPool[],
  newId: number,
  [what, which, seat]: readonly number[],
): PlainChange {
  const pool = pools[which! % pools.length];
  if (pool === undefined || what! < 2) return poolPut(newId);
  const { settings, members } = pool;
  const member = members[seat! % members.length];
  if (what === 2) return { kind: 'pool-put', pool: { ...settings, routeServiceUrl: `https://${seat}` } };
  if (member === undefined && what === 3) return { kind: 'pool-gone', pool: settings.id };
  if (member !== undefined && what! < 6) return endpointGone(settings.id, member);
  return endpointPut(settings.id, endpointOf(seat!, { port: 1 + (seat! % 3) }));
}

function seatsOf(pools: readonly ReplicaPool[]): Set<number> {
  return new Set(pools.flatMap(({ members }) => members.map(({ backend }) => backend.seat)));
}

test('after any feed the replica is the plain one, and each backend retires when it leads nowhere any more', () => {
  const step = fc.tuple(fc.nat(10), fc.nat(20), fc.nat(6));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const followed = new Followed();
      const feed: PlainChange[] = [];
      let pools: ReplicaPool[] = [];
      for (const [index, numbers] of steps.entries()) {
        const change = nextChange(pools, index, numbers);
        const before = seatsOf(pools);
        const gone = pools.filter(
          ({ settings }) => change.kind === 'pool-gone' && settings.id === change.pool,
        );
        feed.push(change);
        pools = replicaOf(feed);
        followed.apply([change]);
        assert.deepEqual(new Set(followed.takeUnused()), before.difference(seatsOf(pools)));
        for (const pool of pools) assert.deepEqual(shown(followed.replica, pool.settings), pool);
        for (const pool of gone) assert.equal(shown(followed.replica, pool.settings), null);
      }
      for (const piece of [undefined, 1, 3]) {
        const late = new Followed();
        late.feed.apply(late.replica, feed, piece);
        assert.deepEqual(late.takeUnused(), []);
        for (const pool of pools)
          assert.deepEqual(shown(late.replica, pool.settings), pool, 'asleep until now');
      }
    }),
    { numRuns: 300 },
  );
});
