import assert from 'node:assert/strict';
import { test } from 'vitest';
import * as counters from '../../src/telemetry/counters.ts';

const { COUNTERS, ThreadCounters, total } = counters;

test('each counter has a cell of its own, and the sum over the threads is told by its name', () => {
  const memory = ThreadCounters.allocate(3);
  const rows = [0, 1, 2].map((thread) => new ThreadCounters(memory, thread));
  for (const [index] of COUNTERS.entries()) {
    for (const [thread, row] of rows.entries()) row.addBy(index, 10 ** thread * (index + 1));
  }
  for (const [index, name] of COUNTERS.entries()) {
    assert.equal(total(memory, name), 111 * (index + 1), name);
    assert.deepEqual(
      rows.map((row) => row.get(index)),
      [1, 10, 100].map((unit) => unit * (index + 1)),
      name,
    );
  }
});

test('a counter counts by one, and by an amount', () => {
  const memory = ThreadCounters.allocate(1);
  const row = new ThreadCounters(memory, 0);
  row.add(counters.REQUESTS);
  row.addBy(counters.REQUESTS, 41);
  assert.equal(total(memory, 'requests'), 42);
});

test('the constants are the places of their names', () => {
  const constants = Object.entries(counters).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  assert.ok(constants.length > 10);
  for (const [name, place] of constants) assert.equal(COUNTERS[place], name.toLowerCase());
});

test('a response is counted in the group of its status', () => {
  const groups = [199, 200, 299, 304, 404, 502, 599, 600, 0].map(
    (status) => COUNTERS[counters.responseCounter(status)],
  );
  assert.deepEqual(groups, [
    'responses_xxx',
    'responses_2xx',
    'responses_2xx',
    'responses_3xx',
    'responses_4xx',
    'responses_5xx',
    'responses_5xx',
    'responses_xxx',
    'responses_xxx',
  ]);
});

test('rows of different threads share no cache line of 64 bytes', () => {
  const memory = ThreadCounters.allocate(2);
  assert.equal((memory.byteLength / 2) % 64, 0);
});
