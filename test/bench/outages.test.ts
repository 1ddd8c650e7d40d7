import assert from 'node:assert/strict';
import { test } from 'vitest';
import { departuresOf } from '../../bench/reliability/outages/departures.ts';
import { isUnderWay } from '../../bench/reliability/outages/failures.ts';
import { judgeSwap } from '../../bench/reliability/outages/swap-verdict.ts';
import { outageOf } from '../../bench/reliability/outages/times.ts';

/** Of 200 endpoints, one sighting each second. */
function departures(left: readonly number[]) {
  return departuresOf(
    left.map((count, at) => ({ at, left: count })),
    200,
    0.3,
  );
}

test('a twentieth of all in ten seconds is slow, in steps and one by one', () => {
  const steps = departures(Array.from({ length: 60 }, (_, at) => 100 - 10 * Math.floor((at + 5) / 10)));
  assert.ok(steps.slowRate <= 5, String(steps.slowRate));
  assert.equal(steps.largestStep, 5);
  const single = departures(Array.from({ length: 60 }, (_, at) => Math.max(0, 105 - Math.max(5, at))));
  assert.ok(single.slowRate > 4.5 && single.slowRate <= 5, String(single.slowRate));
  assert.equal(single.largestStep, 0.5);
});

test('below the cliff all may go at once', () => {
  const { first, last, largestStep } = departures([100, 100, 90, 80, 70, 60, 0]);
  assert.deepEqual([first, last, largestStep], [2, 6, 5]);
});

test('too many at once are seen, however few are left then', () => {
  assert.equal(departures([100, 100, 0]).largestStep, 20);
  assert.equal(departures([100, 90, 80, 0]).largestStep, 10);
  assert.ok(departures([100, 90, 80, 70, 60, 50]).slowRate > 5);
});

test('where nobody goes there is no rate, and no end', () => {
  assert.deepEqual(departures([100, 100, 100]), { first: null, last: null, slowRate: 0, largestStep: 0 });
});

test('a request is in flight at a kill when it began before the end of the router and failed after', () => {
  const kill = { from: 10, to: 12 };
  assert.ok(isUnderWay({ from: 5, to: 11 }, kill));
  assert.ok(isUnderWay({ from: 11, to: 500 }, kill));
  assert.ok(!isUnderWay({ from: 12.5, to: 13 }, kill));
  assert.ok(!isUnderWay({ from: 5, to: 9 }, kill));
});

test('wrong answers are told apart by what was known of the address', () => {
  const strays = [
    { host: 'a.plain', app: 'b', address: 'one', from: 0, at: 5 },
    { host: 'a.plain', app: 'b', address: 'one', from: 0, at: 25 },
    { host: 'b.plain', app: 'a', address: 'other', from: 0, at: 25 },
    { host: 'b.plain', app: 'a', address: 'other', from: 0, at: 35 },
    { host: 'a.verified', app: 'b', address: 'third', from: 0, at: 1 },
  ];
  const heardAt = new Map([
    ['one', 20],
    ['other', 30],
  ]);
  const isVerified = (host: string) => host.endsWith('.verified');
  assert.deepEqual(judgeSwap(strays, { heardAt, staleAt: 10 }, isVerified), {
    verified: 1,
    announced: 2,
    eitherAnnounced: 3,
    stale: 3,
    unknowing: 1,
    lastUnknowing: 5,
  });
  assert.equal(judgeSwap(strays, { heardAt, staleAt: Number.POSITIVE_INFINITY }, isVerified).stale, 0);
});

test('an outage is never so short that nothing grows stale', () => {
  assert.equal(outageOf(1), 600);
  assert.equal(outageOf(0.1), 60);
  assert.ok(outageOf(0.01) > 30);
});
