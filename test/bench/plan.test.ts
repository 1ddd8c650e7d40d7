import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { Contender } from '../../bench/contender.ts';
import { contenders } from '../../bench/contenders.ts';
import type { Load } from '../../bench/load/load.ts';
import { parseOptions } from '../../bench/options.ts';
import { planRun, stepSeconds, warmUpSeconds } from '../../bench/plan.ts';
import { describeSeconds, TimeLeft } from '../../bench/progress.ts';
import type { CostScenario } from '../../bench/scenario.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { TimeBudget } from '../../bench/time-budget.ts';

const NO_LOAD: Load = {
  description: 'nothing',
  missing: () => undefined,
  run: () => Promise.reject(new Error('not in this test')),
};

function contender(name: string, missing?: string): Contender {
  const start = () => Promise.reject(new Error('not in this test'));
  return { name, listeners: ['http'], missing: () => missing, start };
}

const SCENARIO: CostScenario = {
  kind: 'cost',
  name: 'get',
  title: 'GET',
  unit: 'request',
  listener: 'http',
  origin: 'cheapest',
  entrants: [
    { name: 'cellgate', contender: 'cellgate' },
    { name: 'haproxy', contender: 'haproxy' },
  ],
  guests: { routes: 7 },
  load: NO_LOAD,
  length: { rounds: 5, seconds: 2, warmUp: 3 },
  quick: { entrants: ['cellgate'], length: { rounds: 2, seconds: 1, warmUp: 1 } },
  bounds: [],
};
const OTHER: CostScenario = {
  kind: 'cost',
  name: 'many',
  title: 'Many',
  unit: 'request',
  listener: 'http',
  origin: 'cheapest',
  entrants: [{ name: 'haproxy', contender: 'haproxy' }],
  load: NO_LOAD,
  length: SCENARIO.length,
  bounds: [],
  descriptors: 1000,
};
const PROXIES = [contender('cellgate'), contender('haproxy', 'not installed')];

function plan(args: string[], guests: Contender[] = [], descriptors = 5000) {
  return planRun([SCENARIO, OTHER], PROXIES, guests, parseOptions(args), descriptors);
}

function names(step: ReturnType<typeof plan>[number] | undefined) {
  return step!.participants.map(({ entrant }) => entrant.name);
}

test('what is not installed is left out by name, with what to install', () => {
  const [get, many] = plan([]);
  assert.deepEqual(names(get), ['cellgate']);
  assert.deepEqual(get!.missing, [{ name: 'haproxy', reason: 'not installed' }]);
  assert.equal(get!.obstacle, undefined);
  assert.equal(many!.obstacle, 'none of its proxies is installed');
});

test('proxies of the environment take part where they may, in the quick run too', () => {
  const guest = contender('mine');
  assert.deepEqual(names(plan([], [guest])[0]), ['cellgate', 'mine']);
  assert.equal(plan([], [guest])[0]!.participants[1]!.entrant.routes, 7);
  const quick = plan(['--quick'], [guest]);
  assert.deepEqual(quick.map(names), [['cellgate', 'mine']]);
  assert.deepEqual(names(plan(['--proxies', 'mine'], [guest])[0]), ['mine']);
});

test('a scenario that needs more descriptors than there may be is not begun', () => {
  const everyone = [contender('cellgate'), contender('haproxy')];
  const steps = planRun([OTHER], everyone, [], parseOptions([]), 999);
  assert.match(steps[0]!.obstacle!, /needs 1000 file descriptors, the limit is 999/);
  assert.equal(planRun([OTHER], everyone, [], parseOptions([]), 1000)[0]!.obstacle, undefined);
});

test('rounds and seconds of the command line hold for every scenario', () => {
  const [step] = plan(['--rounds', '9', '--seconds', '4']);
  assert.deepEqual(step!.length, { rounds: 9, seconds: 4, warmUp: 3 });
});

test('a scenario or proxy that there is not is named, with those there are', () => {
  assert.throws(() => plan(['--only', 'gets']), {
    message: '--only: no scenario is called "gets", there are get, many',
  });
  assert.throws(() => plan(['--proxies', 'h']), {
    message: '--proxies: no proxy is called "h", there are cellgate, haproxy',
  });
});

test('the whole run takes a quarter of an hour and the quick one two minutes, with every proxy there', () => {
  const [all] = contenders({});
  const everyone = all.map((one) => ({ ...one, missing: () => undefined }));
  const seconds = (args: string[]) =>
    planRun(SCENARIOS, everyone, [], parseOptions(args), 100_000)
      .map(stepSeconds)
      .reduce((sum, step) => sum + step, 0);
  assert.ok(seconds([]) <= 15 * 60, `${seconds([])} s`);
  assert.ok(seconds(['--quick']) <= 120, `${seconds(['--quick'])} s`);
});

test('scenarios have names of their own, and bounds between proxies that take part', () => {
  assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
  for (const scenario of SCENARIOS) {
    const there = scenario.entrants.map(({ name }) => name);
    assert.equal(new Set(there).size, there.length, scenario.name);
    if (scenario.kind === 'spread') continue;
    for (const { subject, reference } of scenario.bounds) {
      assert.ok(there.includes(subject), scenario.name);
      assert.ok(there.includes(reference) || (scenario.guests && reference === 'gorouter'), scenario.name);
    }
  }
});

test('the time left is what is planned, at the pace so far, and none in the end', () => {
  const time = new TimeLeft(100, 0);
  assert.equal(time.seconds(5000), 100);
  time.advance(20);
  assert.equal(time.seconds(40_000), 160);
  time.advance(1000);
  assert.equal(time.seconds(999_999), 0);
});

test('the time left is never less than nothing', () => {
  const parts = fc.array(fc.double({ min: 0, max: 50, noNaN: true }));
  fc.assert(
    fc.property(parts, fc.nat(10_000_000), (done, now) => {
      const time = new TimeLeft(200, 0);
      for (const part of done) time.advance(part);
      assert.ok(time.seconds(now) >= 0);
    }),
  );
});

test('seconds are told in minutes where they fill one', () => {
  assert.equal(describeSeconds(59.2), '1 min 0 s');
  assert.equal(describeSeconds(42.1), '43 s');
  assert.equal(describeSeconds(605), '10 min 5 s');
});

test('a proxy that compiles as it goes is warmed up for longer', () => {
  const length = { rounds: 1, seconds: 1, warmUp: 4 };
  const entrant = { name: 'x', contender: 'x' };
  assert.equal(warmUpSeconds({ entrant, contender: contender('x') }, length), 4);
  assert.equal(warmUpSeconds({ entrant, contender: { ...contender('x'), compiled: true } }, length), 1);
});

test('a run that has a limit shares what is left of it out by what was planned, and ends in time', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          planned: fc.integer({ min: 1, max: 60 }),
          slowness: fc.double({ min: 0.2, max: 9, noNaN: true }),
        }),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      fc.integer({ min: 1, max: 200 }),
      (steps, limit) => {
        let now = 5000;
        const end = now + limit * 1000;
        const budget = new TimeBudget(end, () => now);
        let planned = steps.reduce((sum, step) => sum + step.planned, 0);
        for (const step of steps) {
          const share = budget.shareOf(step.planned, planned);
          planned -= step.planned;
          // Rounds of a second each as planned, in truth of more or less.
          for (let round = 0; round < step.planned && share.hasRoomFor(step.slowness); round++) {
            now += step.slowness * 1000;
          }
          assert.ok(now <= end);
        }
      },
    ),
  );
  const endless = new TimeBudget(Number.POSITIVE_INFINITY, () => 0);
  assert.ok(endless.shareOf(1, 100).hasRoomFor(1e9));
  const late = new TimeBudget(0, () => 10).shareOf(1, 1);
  assert.ok(!late.hasRoomFor(0.001));
  assert.deepEqual([endless.left, new TimeBudget(5000, () => 2000).left, late.left], [Infinity, 3, 0]);
});
