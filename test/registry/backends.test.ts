import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backends } from '../../src/registry/backends.ts';
import { Epochs } from '../../src/registry/epochs.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { Seats } from '../../src/registry/seats.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import { routeMessage } from '../support/registry-fixture.ts';

function backendsOf(slots: number) {
  const buffers = allocateRecords(0);
  const epochs = new Epochs(buffers.applied);
  const records = new RecordStore(buffers, epochs);
  const seats = new Seats(new EndpointMemory(0, slots), slots);
  const backends = new Backends({ seats, records, epochs });
  const plan = (fields: Parameters<typeof routeMessage>[0]) => {
    const planned = backends.plan(routeMessage(fields), 120);
    assert.ok(planned !== 'full');
    return planned;
  };
  return { backends, records, plan };
}

test('what is planned and discarded leaves nothing behind: neither its seat nor its record', () => {
  const { backends, records, plan } = backendsOf(1);
  const { size } = records;
  for (let time = 0; time < 3; time++) backends.discard(plan({ port: 81 + time }));
  assert.deepEqual([records.size, backends.count], [size, 0]);
});

test('the seat of a backend stays its own when another state of it is planned and discarded', () => {
  const { backends, plan } = backendsOf(2);
  const held = backends.hold(plan({}));
  held.uses++;
  backends.discard(plan({ tags: { another: 'state' } }));
  assert.notEqual(plan({ port: 81 }).held.seat, held.seat);
  assert.equal(backends.plan(routeMessage({ port: 82 }), 120), 'full');
});

test('what the table holds already is planned as that, and discarding it takes nothing away', () => {
  const { backends, plan } = backendsOf(2);
  const held = backends.hold(plan({}));
  held.uses++;
  const again = plan({});
  assert.equal(again.held, held);
  backends.discard(again);
  assert.equal(backends.count, 1);
  assert.notEqual(plan({ port: 81 }).held.seat, held.seat);
});
