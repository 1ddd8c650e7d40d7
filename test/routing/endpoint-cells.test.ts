import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointCells, MAX_SLOTS } from '../../src/routing/endpoint-cells.ts';

test('requests are counted per slot, and seen by everyone who shares the memory', () => {
  const memory = EndpointCells.allocate(3);
  const here = new EndpointCells(memory);
  const there = new EndpointCells(memory);
  assert.equal(here.begin(1), 0);
  assert.equal(there.begin(1), 1);
  assert.equal(here.inFlight(1), 2);
  there.end(1);
  assert.deepEqual([here.inFlight(0), here.inFlight(1), here.inFlight(2)], [0, 1, 0]);
});

test('a backend counts as failed until the second it was marked for, and no longer', () => {
  const cells = new EndpointCells(EndpointCells.allocate(2));
  cells.markFailed(0, 100);
  assert.equal(cells.isFailed(0, 99), true);
  assert.equal(cells.isFailed(0, 100), false);
  assert.equal(cells.isFailed(1, 99), false);
  cells.clearFailed(0);
  assert.equal(cells.isFailed(0, 99), false);
});

test('a mark is no request, and a request no mark', () => {
  const cells = new EndpointCells(EndpointCells.allocate(2));
  cells.markFailed(0, 1_000_000);
  assert.equal(cells.inFlight(0), 0);
  cells.begin(1);
  assert.equal(cells.isFailed(1, 0), false);
});

test('a slot handed out again has no mark, but the requests of its last user still end', () => {
  const cells = new EndpointCells(EndpointCells.allocate(1));
  cells.begin(0);
  cells.markFailed(0, 100);
  cells.reset(0);
  assert.equal(cells.isFailed(0, 1), false);
  assert.equal(cells.inFlight(0), 1);
});

test('the last slot there is has cells of its own', () => {
  const cells = new EndpointCells(EndpointCells.allocate());
  cells.begin(MAX_SLOTS - 1);
  cells.markFailed(MAX_SLOTS - 1, 5);
  assert.equal(cells.inFlight(MAX_SLOTS - 1), 1);
  assert.equal(cells.inFlight(MAX_SLOTS - 2), 0);
  assert.equal(cells.isFailed(MAX_SLOTS - 1, 4), true);
});
