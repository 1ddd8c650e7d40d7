import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Epochs } from '../../src/registry/epochs.ts';
import { Heartbeats } from '../../src/registry/heartbeats.ts';
import { BUS } from '../../src/registry/origin.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { RouteTable } from '../../src/registry/route-table.ts';
import { Seats } from '../../src/registry/seats.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import { slotOf } from '../../src/routing/seat.ts';
import { routeMessage } from '../support/registry-fixture.ts';

const CYCLES = 100_000;

/** What the control thread writes to, with so many threads that apply what the test says. */
function memoryOf(threads: number, mostBytes?: number) {
  const buffers = allocateRecords(threads, mostBytes);
  const applied = new Int32Array(buffers.applied);
  const epochs = new Epochs(buffers.applied);
  return {
    applied,
    epochs,
    records: new RecordStore(buffers, epochs),
    seats: new Seats(new EndpointMemory(threads), 100),
  };
}

test('C11-11 a hundred thousand times there and gone again leaves no slot, record or heartbeat behind', () => {
  const memory = memoryOf(1);
  const { applied, epochs, records } = memory;
  const slots = new Set<number>();
  const table = new RouteTable(memory);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const message = routeMessage({ host: `10.0.${(cycle >> 8) & 255}.${cycle & 255}`, appId: 'app' });
    const planned = table.planEndpoint(message, 120);
    const pool = table.pools.plan('a.com', '/', POLICY, cycle);
    assert.ok(planned !== 'full' && pool !== 'full');
    table.addPool(pool);
    const seen = { origin: BUS, refreshedAt: cycle, firstSeenAt: cycle, session: 0 };
    const member = table.add(pool, table.holdEndpoint(planned), message, cycle, seen);
    slots.add(slotOf(member.held.seat));
    table.heartbeats.remember(Heartbeats.digest(Buffer.from(`${cycle}`)), [member], '');
    table.removeMember(pool, member, cycle);
    table.removePool(pool);
    // The thread is some batches behind.
    const epoch = epochs.next();
    if (cycle % 10 === 9) applied[0] = epoch;
  }
  assert.deepEqual([table.pools.size, table.endpointCount, table.heartbeats.size], [0, 0, 0]);
  assert.ok(slots.size <= 22, `${slots.size} slots`);
  assert.ok(records.size < 50 * 256, `${records.size} bytes`);
  assert.deepEqual(table.digest.value, { low: 0, high: 0 }, 'the digest of nothing');
});

test('a record is not written over before every thread has applied the batch in which it went', () => {
  const { applied, epochs, records } = memoryOf(2);
  for (const thread of [0, 1]) epochs.restart(thread);
  const first = records.put('first') as number;
  records.free(first);
  const epoch = epochs.next();
  applied[0] = epoch;
  epochs.next();
  assert.notEqual(records.put('other'), first);
  assert.equal(records.read(first), 'first');
  applied[1] = epoch;
  epochs.next();
  assert.equal(records.put('again'), first);
  assert.equal(records.read(first), 'again');
});

test('a thread that starts anew waits for no earlier batch, and none for it', () => {
  const { epochs, records } = memoryOf(1);
  epochs.restart(0);
  for (let batch = 0; batch < 5; batch++) epochs.next();
  const gone = records.put('gone') as number;
  records.free(gone);
  epochs.next();
  epochs.restart(0);
  epochs.next();
  assert.equal(records.put('next'), gone);
});

test('numbers of batches may go round', () => {
  const { applied, epochs, records } = memoryOf(1);
  epochs.startFrom(0x7fffffff);
  applied[0] = 0x7ffffffe;
  const first = records.put('first') as number;
  records.free(first);
  epochs.next();
  epochs.next();
  assert.notEqual(records.put('other'), first);
  applied[0] = -0x80000000;
  epochs.next();
  assert.equal(records.put('again'), first);
});

test('a record that has the place of another has another serial number', () => {
  const { epochs, records } = memoryOf(0);
  const first = records.put('first') as number;
  const serial = records.reader.serialOf(first);
  records.free(first);
  epochs.next();
  assert.equal(records.put('other'), first);
  assert.notEqual(records.reader.serialOf(first), serial);
});

test('where there is no memory for a record the endpoint is refused, and its slot is free again', () => {
  const memory = memoryOf(1, 4096);
  const table = new RouteTable(memory);
  let port = 1;
  for (; ; port++) {
    const planned = table.planEndpoint(routeMessage({ port }), 120);
    if (planned === 'full') break;
    table.holdEndpoint(planned);
  }
  assert.ok(port > 10);
  assert.equal(table.planEndpoint(routeMessage({ port }), 120), 'full');
  const known = table.planEndpoint(routeMessage({ port: 1 }), 120);
  assert.ok(known !== 'full' && known.isNew === null, 'what there is stays');
  assert.equal(table.backendCount, port - 1);
  const seat = memory.seats.take();
  assert.ok(seat !== 'full' && slotOf(seat) <= port);
});

test('what was planned and is not wanted leaves nothing behind', () => {
  const memory = memoryOf(0);
  const table = new RouteTable(memory);
  for (let port = 1; port < 1000; port++) {
    const planned = table.planEndpoint(routeMessage({ port }), 120);
    const pool = table.pools.plan(`${port}.com`, '/', POLICY, 0);
    assert.ok(planned !== 'full' && pool !== 'full');
    table.discardEndpoint(planned);
    table.pools.discard(pool);
  }
  assert.deepEqual([table.backendCount, table.pools.size], [0, 0]);
  assert.ok(memory.records.size < 1000, `${memory.records.size} bytes`);
});

const POLICY = {
  loadBalancing: 'round-robin',
  hashHeader: '',
  hashBalance: 0,
  routeServiceUrl: '',
  routePolicy: null,
  split: null,
} as const;
