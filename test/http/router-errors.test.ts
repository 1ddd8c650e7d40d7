import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { RouterErrors, sumOfErrors } from '../../src/http/account/router-errors.ts';

const MINUTE = 60_000;

test('2.11 errors are counted by what they were and where, over so many whole minutes', () => {
  const noted = fc.record({
    error: fc.constantFrom('endpoint_failure (EOF)', 'no_endpoints', 'unknown_route'),
    route: fc.constantFrom('a.test', 'b.test'),
    endpoint: fc.constantFrom('', '10.0.0.7:1'),
    pause: fc.integer({ min: 0, max: 3 * MINUTE }),
  });
  fc.assert(
    fc.property(fc.array(noted, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (all, minutes) => {
      const errors = new RouterErrors();
      let now = 100 * MINUTE;
      const told: { key: string; at: number }[] = [];
      for (const { error, route, endpoint, pause } of all) {
        now += pause;
        errors.note(error, 502, route, endpoint, now, `id-${told.length}`);
        told.push({ key: `${error} ${route} ${endpoint}`, at: now });
      }
      const recent = told.filter(({ at }) => Math.floor(at / MINUTE) >= Math.floor(now / MINUTE) - minutes);
      const expected = Map.groupBy(recent, ({ key }) => key);
      const rows = errors.since(now, minutes);
      assert.deepEqual(
        rows.map(({ error, route, endpoint, count }) => [`${error} ${route} ${endpoint}`, count]).toSorted(),
        [...expected].map(([key, { length }]) => [key, length]).toSorted(),
      );
      for (const row of rows) {
        const last = recent.findLastIndex(({ key }) => key === `${row.error} ${row.route} ${row.endpoint}`);
        assert.equal(row.at, recent[last]!.at);
        assert.equal(row.id, `id-${told.length - recent.length + last}`);
      }
    }),
  );
});

test('2.11 hosts that clients make up take no more than their share of the room', () => {
  const errors = new RouterErrors();
  for (let at = 0; at < 5000; at++) errors.note('unknown_route', 404, `host-${at}.test`, '', MINUTE, '');
  errors.note('no_endpoints', 503, 'a.test', '', MINUTE, '');
  const rows = errors.since(MINUTE, 1);
  assert.equal(rows.length, 102);
  assert.deepEqual([rows[0]!.route, rows[0]!.count], ['', 4900]);
  assert.ok(rows.some(({ route }) => route === 'a.test'));
});

test('2.11 what there is no more room for is counted by its error alone', () => {
  const errors = new RouterErrors();
  for (let at = 0; at < 2000; at++)
    errors.note(`endpoint_failure (${at})`, 502, 'a.test', `10.0.0.7:${at}`, 1, '');
  const rows = errors.since(1, 1);
  assert.equal(rows.length, 501);
  assert.equal(
    rows.reduce((sum, { count }) => sum + count, 0),
    2000,
  );
  assert.deepEqual([rows[0]!.error, rows[0]!.count], ['endpoint_failure', 1500]);
});

test('2.11 errors of several threads are summed up', () => {
  const row = { error: 'e', status: 502, route: 'r', endpoint: 'x' };
  const sums = sumOfErrors([
    { ...row, count: 1, at: 5, id: 'later' },
    { ...row, count: 2, at: 3, id: 'sooner' },
    { ...row, route: 'other', count: 9, at: 1, id: 'first' },
  ]);
  assert.deepEqual(sums, [
    { ...row, route: 'other', count: 9, at: 1, id: 'first' },
    { ...row, count: 3, at: 5, id: 'later' },
  ]);
});
