import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeats } from '../../src/registry/heartbeats.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { RouteTable } from '../../src/registry/route-table.ts';
import { Slots } from '../../src/registry/slots.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import { routeMessage } from '../support/registry-fixture.ts';

const CYCLES = 100_000;

test('C11-11 a hundred thousand times there and gone again leaves no slot, record or heartbeat behind', () => {
  const buffers = allocateRecords(1);
  const applied = new Int32Array(buffers.applied);
  const records = new RecordStore(buffers);
  const slots = new Set<number>();
  const table = new RouteTable(new Slots({ reset: (slot) => slots.add(slot) }), records);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const message = routeMessage({ host: `10.0.${(cycle >> 8) & 255}.${cycle & 255}`, appId: 'app' });
    const held = table.find(message, 120);
    assert.ok(held !== 'full');
    const pool = table.addPool('a.com', '/', POLICY, cycle);
    assert.ok(pool !== 'full');
    const member = table.add(pool, held, cycle);
    table.heartbeats.remember(Heartbeats.digest(Buffer.from(`${cycle}`)), [member], '');
    table.removeMember(pool, member, cycle);
    table.removePool(pool);
    // The thread is some batches behind.
    const epoch = records.nextEpoch();
    if (cycle % 10 === 9) applied[0] = epoch;
  }
  assert.deepEqual([table.pools.size, table.endpointCount, table.heartbeats.size], [0, 0, 0]);
  assert.ok(slots.size <= 2, `${slots.size} slots`);
  assert.ok(records.size < 50 * 256, `${records.size} bytes`);
});

test('a record is not written over before every thread has applied the batch in which it went', () => {
  const buffers = allocateRecords(2);
  const applied = new Int32Array(buffers.applied);
  const records = new RecordStore(buffers);
  for (const thread of [0, 1]) records.restart(thread);
  const first = records.put('first') as number;
  records.free(first);
  const epoch = records.nextEpoch();
  applied[0] = epoch;
  records.nextEpoch();
  assert.notEqual(records.put('other'), first);
  assert.equal(records.read(first), 'first');
  applied[1] = epoch;
  records.nextEpoch();
  assert.equal(records.put('again'), first);
  assert.equal(records.read(first), 'again');
});

test('a thread that starts anew waits for no earlier batch, and none for it', () => {
  const buffers = allocateRecords(1);
  const records = new RecordStore(buffers);
  records.restart(0);
  for (let batch = 0; batch < 5; batch++) records.nextEpoch();
  const gone = records.put('gone') as number;
  records.free(gone);
  records.nextEpoch();
  records.restart(0);
  records.nextEpoch();
  assert.equal(records.put('next'), gone);
});

test('numbers of batches may go round', () => {
  const buffers = allocateRecords(1);
  const applied = new Int32Array(buffers.applied);
  const records = new RecordStore(buffers);
  records.epoch = 0x7fffffff;
  applied[0] = 0x7ffffffe;
  const first = records.put('first') as number;
  records.free(first);
  records.nextEpoch();
  records.nextEpoch();
  assert.notEqual(records.put('other'), first);
  applied[0] = -0x80000000;
  records.nextEpoch();
  assert.equal(records.put('again'), first);
});

test('where there is no memory for a record the endpoint is refused, and its slot is free again', () => {
  const records = new RecordStore(allocateRecords(1, 4096));
  const taken: number[] = [];
  const table = new RouteTable(new Slots({ reset: (slot) => taken.push(slot) }, 100), records);
  let port = 1;
  while (table.find(routeMessage({ port }), 120) !== 'full') port++;
  assert.ok(port > 10);
  assert.equal(table.find(routeMessage({ port }), 120), 'full');
  assert.ok(table.find(routeMessage({ port: 1 }), 120) !== 'full', 'what there is stays');
  assert.equal(new Set(taken).size, port);
});

const POLICY = {
  loadBalancing: 'round-robin',
  hashHeader: '',
  hashBalance: 0,
  routeServiceUrl: '',
  routePolicy: null,
} as const;
