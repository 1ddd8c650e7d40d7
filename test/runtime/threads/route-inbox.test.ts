import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { roundRobin } from '../../../src/balancer/round-robin.ts';
import { onPanic } from '../../../src/boundary/boundary.ts';
import { NO_RECORD, type RouteChange } from '../../../src/routing/change.ts';
import { packEndpoint, withSeat } from '../../../src/routing/endpoint-record.ts';
import { Replica, type ReplicaRecords } from '../../../src/routing/replica.ts';
import { BatchWriter } from '../../../src/routing/route-batch.ts';
import type { DigestValue } from '../../../src/routing/table-digest.ts';
import { RouteInbox } from '../../../src/runtime/threads/route-inbox.ts';
import { changedPoolOf, endpointOf } from '../../support/endpoint.ts';
import { storeOf } from '../../support/plain-change.ts';

function inbox() {
  const applied: number[] = [];
  const differing: number[] = [];
  const keys = storeOf();
  // Of endpoints any record will do.
  const records: ReplicaRecords = {
    read: (record) =>
      withSeat(
        packEndpoint(endpointOf(record), () => null),
        record,
      ),
    serialOf: (record) => record,
    lengthOf: (key) => keys.reader.lengthOf(key),
    copy: (key, target) => keys.reader.copy(key, target),
    isText: (key, bytes, from, to) => keys.reader.isText(key, bytes, from, to),
  };
  const replica = new Replica(records, () => roundRobin);
  const pieces: number[] = [];
  const watched: Pick<Replica, 'apply' | 'digest'> = {
    digest: replica.digest,
    apply(place, most) {
      const before = place.code;
      const done = replica.apply(place, most);
      pieces.push(place.code - before);
      return done;
    },
  };
  const poolOf = (id: number) => changedPoolOf(id, keys.put(`${id}.test`) as number);
  const put = (id: number): RouteChange => ({ kind: 'pool-put', pool: poolOf(id) });
  const routes = new RouteInbox(watched, {
    onApplied: (epoch) => applied.push(epoch),
    onDiffers: (epoch) => differing.push(epoch),
  });
  return { replica, pieces, applied, differing, routes, poolOf, put };
}

function batch(epoch: number, changes: readonly RouteChange[], digest: DigestValue | null = null) {
  const writer = new BatchWriter();
  for (const change of changes) writer.add(change);
  return writer.take(epoch, digest);
}

test('a few changes are applied at once', () => {
  const { routes, replica, applied, put } = inbox();
  routes.put(batch(1, [put(1)]));
  assert.deepEqual(applied, [1]);
  assert.notEqual(replica.match('1.test', '/'), null);
});

test('many are applied in pieces, one a turn, and what comes meanwhile comes after them', async () => {
  const { routes, replica, pieces, applied, poolOf, put } = inbox();
  routes.put(
    batch(
      1,
      Array.from({ length: 50_000 }, (_, id) => put(id)),
    ),
  );
  routes.put(batch(2, [{ kind: 'pool-gone', pool: poolOf(49_999) }]));
  assert.equal(replica.match('49999.test', '/'), null);
  const settled = routes.settled();
  await setImmediate();
  assert.ok(pieces.length >= 1 && pieces.length <= 2, 'a turn, a piece');
  assert.deepEqual(applied, []);
  await settled;
  assert.deepEqual(applied, [1, 2]);
  assert.ok(Math.max(...pieces) <= 6 * 1000, `${Math.max(...pieces)} codes`);
  assert.equal(replica.match('49999.test', '/'), null);
  assert.notEqual(replica.match('49998.test', '/'), null);
});

test('X12 from a pool of very many endpoints fewer are taken at once: each has to be looked for', async () => {
  const { routes, replica, pieces, poolOf } = inbox();
  const pool = poolOf(1);
  const each = (change: (record: number) => RouteChange) =>
    Array.from({ length: 100_000 }, (_, at) => change(at));
  routes.put(
    batch(1, [
      { kind: 'pool-put', pool },
      ...each((record) => ({ kind: 'endpoint-put', pool, record, replaced: NO_RECORD })),
    ]),
  );
  await routes.settled();
  pieces.length = 0;
  routes.put(
    batch(2, each((record) => ({ kind: 'endpoint-gone', pool, record: 99_999 - record })).slice(0, 2000)),
  );
  await routes.settled();
  assert.ok(Math.max(...pieces) < 20, `${Math.max(...pieces)} codes`);
  assert.equal(replica.match('1.test', '/')!.endpoints.length, 98_000);
});

describe('a table that is not the one of the control thread', () => {
  test('is told of once, goes on following, and from then on nothing counts as applied', async () => {
    const { routes, replica, applied, differing, put } = inbox();
    routes.put(batch(1, [put(1)], { low: 1, high: 2 }));
    assert.deepEqual([applied, differing], [[], [1]]);
    routes.put(batch(2, [put(2)], replica.digest.value));
    routes.put(batch(3, [put(3)]));
    assert.notEqual(replica.match('3.test', '/'), null);
    assert.deepEqual([applied, differing], [[], [1]]);
    const settled = routes.settled().then(() => 'settled');
    assert.equal(await Promise.race([settled, setImmediate('waiting')]), 'waiting');
  });

  test('is told of when a batch makes no sense, and no later one is looked at', () => {
    const { routes, replica, applied, differing, put } = inbox();
    onPanic(() => {});
    routes.put(batch(1, [put(1)], null));
    routes.put({ ...batch(2, []), codes: Int32Array.of(77) });
    assert.deepEqual([applied, differing], [[1], [2]]);
    routes.put(batch(3, [put(3)]));
    assert.deepEqual([applied, differing], [[1], [2]]);
    assert.equal(replica.match('3.test', '/'), null);
  });
});
