import assert from 'node:assert/strict';
import { test } from 'vitest';
import { EndpointCells } from '../../../src/routing/endpoint-cells.ts';
import { SharedMemory } from '../../../src/runtime/threads/shared-memory.ts';
import {
  DOWNSTREAM_CLOSED,
  DOWNSTREAM_OPENED,
  REQUESTS,
  ThreadCounters,
  total,
  UPSTREAM_CLOSED,
  UPSTREAM_OPENED,
} from '../../../src/telemetry/counters.ts';
import { METERS } from '../../support/metrics-fixture.ts';

test('what a dead thread had open counts as closed, what it has done still counts, and others keep theirs', () => {
  const memory = new SharedMemory(2, METERS);
  const { buffers } = memory;
  for (const thread of [0, 1]) {
    memory.open(thread);
    const counters = new ThreadCounters(buffers.counters, thread);
    counters.addBy(REQUESTS, 10);
    counters.addBy(DOWNSTREAM_OPENED, 5);
    counters.addBy(DOWNSTREAM_CLOSED, 2);
    counters.addBy(UPSTREAM_OPENED, 4);
    counters.addBy(UPSTREAM_CLOSED, 3);
    new EndpointCells(buffers.endpoints, thread).begin(7);
    new Int32Array(buffers.connectionLoads)[thread] = 3;
  }
  memory.settle(1);
  const open = (kind: 'downstream' | 'upstream') =>
    total(buffers.counters, `${kind}_opened`) - total(buffers.counters, `${kind}_closed`);
  assert.deepEqual([open('downstream'), open('upstream')], [3, 1]);
  assert.equal(total(buffers.counters, 'requests'), 20);
  assert.deepEqual(memory.connectionLoads.counts(), [3, null, null]);
  assert.equal(new EndpointCells(buffers.endpoints, 0).inFlight(7), 1);
});

test('a place in the records waits for every thread that there is, and for none that is not', () => {
  const memory = new SharedMemory(2, METERS);
  const { records, epochs, buffers } = memory;
  const applied = new Int32Array(buffers.records.applied);
  memory.open(0);
  memory.open(1);
  const record = records.put('a text of some length');
  assert.ok(record !== 'full');
  records.free(record);
  Atomics.store(applied, 0, epochs.next());
  epochs.next();
  assert.notEqual(records.put('a text of some length'), record);
  memory.settle(1);
  epochs.next();
  assert.equal(records.put('a text of some length'), record);
});
