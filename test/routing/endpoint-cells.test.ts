import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { EndpointCells, VOID } from '../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { MAX_SLOTS, NO_SEAT, nextSeat, seatOf } from '../../src/routing/seat.ts';

test('requests are counted per slot, and seen by everyone who shares the memory', () => {
  const { buffers } = new EndpointMemory(2, 3);
  const here = new EndpointCells(buffers, 0);
  const there = new EndpointCells(buffers, 1);
  assert.equal(here.begin(1), 0);
  assert.equal(there.begin(1), 1);
  assert.equal(here.inFlight(1), 2);
  there.end(1);
  assert.deepEqual([here.inFlight(0), here.inFlight(1), here.inFlight(2)], [0, 1, 0]);
});

test('§2.5 places are taken up to the limit over all threads, and a dead thread gives its own back', () => {
  const memory = new EndpointMemory(2, 2);
  const here = new EndpointCells(memory.buffers, 0, 3);
  const there = new EndpointCells(memory.buffers, 1, 3);
  const taken = [here, there, here, there, here].map((cells) => cells.occupy(1));
  assert.deepEqual(taken, [true, true, true, false, false]);
  assert.deepEqual([here.isFull(1), there.isFull(1), here.isFull(0)], [true, true, false]);
  there.vacate(1);
  assert.equal(here.isFull(1), false);
  assert.equal(there.occupy(1), true);
  memory.settle(0);
  assert.deepEqual([there.occupy(1), there.occupy(1), there.occupy(1)], [true, true, false]);
});

test('§2.5 without a limit nothing is ever full', () => {
  const cells = new EndpointCells(new EndpointMemory(1, 1).buffers, 0);
  for (let i = 0; i < 10; i++) assert.equal(cells.occupy(0), true);
  assert.deepEqual([cells.isFull(0), cells.limits(0)], [false, false]);
});

test('§2.6 a backend counts as failed until the second it was marked for, and no longer', () => {
  const cells = new EndpointCells(new EndpointMemory(1, 2).buffers, 0);
  cells.markFailed(0, 100);
  assert.equal(cells.isFailed(0, 99), true);
  assert.equal(cells.isFailed(0, 100), false);
  assert.equal(cells.isFailed(1, 99), false);
  cells.clearFailed(0);
  assert.equal(cells.isFailed(0, 99), false);
});

test('a mark is no request, and a request no mark', () => {
  const cells = new EndpointCells(new EndpointMemory(1, 2).buffers, 0);
  cells.markFailed(0, 1_000_000);
  assert.equal(cells.inFlight(0), 0);
  cells.begin(1);
  assert.equal(cells.isFailed(1, 0), false);
});

test('a seat ends when no request is under way there, and the next one in its slot is clean', () => {
  const memory = new EndpointMemory(1, 1);
  const cells = new EndpointCells(memory.buffers, 0, 2);
  cells.begin(0);
  cells.occupy(0);
  cells.markFailed(0, 100);
  assert.equal(memory.end(0), null);
  cells.vacate(0);
  cells.end(0);
  const next = memory.end(0)!;
  assert.equal(next, seatOf(0, 1));
  assert.deepEqual([cells.isFailed(next, 1), cells.inFlight(next), cells.isFull(next)], [false, 0, false]);
});

test('whatever is written late for a seat that has ended is void', () => {
  const memory = new EndpointMemory(1, 1);
  const cells = new EndpointCells(memory.buffers, 0);
  const next = memory.end(0)!;
  assert.equal(cells.begin(0), VOID);
  assert.equal(cells.beginBelow(0, 10), false);
  cells.markFailed(0, 100);
  assert.deepEqual([cells.inFlight(next), cells.isFailed(next, 1)], [0, false]);
  cells.markFailed(next, 100);
  cells.clearFailed(0);
  assert.equal(cells.isFailed(next, 1), true);
  assert.equal(cells.begin(next), 0);
  assert.equal(memory.end(0), null, 'and it does not end again');
});

test('what was not begun cannot be ended, and a place that was not taken not be given back', () => {
  const cells = new EndpointCells(new EndpointMemory(1, 1).buffers, 0);
  assert.throws(() => cells.end(0), /had not begun/);
  assert.throws(() => cells.vacate(0), /had not been taken/);
  assert.equal(cells.inFlight(0), 0);
});

test('a backend that only its own thread knows counts nowhere', () => {
  const cells = new EndpointCells(new EndpointMemory(1, 1).buffers, 0, 1);
  for (let i = 0; i < 3; i++) assert.deepEqual([cells.begin(NO_SEAT), cells.occupy(NO_SEAT)], [0, true]);
  cells.markFailed(NO_SEAT, 100);
  cells.end(NO_SEAT);
  assert.deepEqual(
    [cells.isFailed(NO_SEAT, 1), cells.isFull(NO_SEAT), cells.inFlight(NO_SEAT)],
    [false, false, 0],
  );
});

test('generations go round after very many, and never reach into the slot', () => {
  let seat = seatOf(MAX_SLOTS - 1, 0);
  const seen = new Set<number>();
  for (; !seen.has(seat); seat = nextSeat(seat)) seen.add(seat);
  assert.equal(seen.size, 2048);
  assert.ok([...seen].every((each) => each > 0 && each % MAX_SLOTS === MAX_SLOTS - 1));
});

test('the last slot there is has cells of its own', () => {
  const memory = new EndpointMemory(2);
  const cells = new EndpointCells(memory.buffers, 1);
  cells.begin(MAX_SLOTS - 1);
  cells.markFailed(MAX_SLOTS - 1, 5);
  assert.equal(cells.inFlight(MAX_SLOTS - 1), 1);
  assert.equal(cells.inFlight(MAX_SLOTS - 2), 0);
  assert.equal(cells.isFailed(MAX_SLOTS - 1, 4), true);
  memory.settle(1);
  assert.equal(cells.inFlight(MAX_SLOTS - 1), 0);
});

const SLOTS = 3;
const THREADS = 3;
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('begin', 'begin', 'end', 'die'),
    thread: fc.nat(THREADS - 1),
    slot: fc.nat(SLOTS - 1),
  }),
);

test('whatever threads begin, end and leave behind, the counts are those of the living', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const memory = new EndpointMemory(THREADS, SLOTS);
      const cells = Array.from({ length: THREADS }, (_, thread) => new EndpointCells(memory.buffers, thread));
      const underWay = cells.map(() => new Array<number>(SLOTS).fill(0));
      for (const { what, thread, slot } of taken) {
        const own = underWay[thread]!;
        if (what === 'die') {
          memory.settle(thread);
          cells[thread] = new EndpointCells(memory.buffers, thread);
          own.fill(0);
        } else if (what === 'begin') {
          cells[thread]!.begin(slot);
          own[slot]!++;
        } else if (own[slot]! > 0) {
          cells[thread]!.end(slot);
          own[slot]!--;
        }
      }
      for (let slot = 0; slot < SLOTS; slot++) {
        const expected = underWay.reduce((sum, own) => sum + own[slot]!, 0);
        assert.equal(cells[0]!.inFlight(slot), expected);
      }
    }),
  );
});

test('requests that are counted up to a limit are counted over all threads, and never beyond it', () => {
  const memory = new EndpointMemory(2, 2);
  const here = new EndpointCells(memory.buffers, 0);
  const there = new EndpointCells(memory.buffers, 1);
  const taken = [here, there, here, there, here].map((cells) => cells.beginBelow(1, 3));
  assert.deepEqual(taken, [true, true, true, false, false]);
  assert.equal(there.inFlight(1), 3);
  there.end(1);
  assert.deepEqual([here.beginBelow(1, 3), there.beginBelow(1, 3)], [true, false]);
  memory.settle(0);
  assert.equal(there.inFlight(1), 0);
});
