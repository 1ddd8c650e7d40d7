import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Engine } from '../../src/agent/engine.ts';
import { Agenda } from '../../src/agent/route/agenda.ts';
import { answerSpread, Beats } from '../../src/agent/route/beats.ts';
import { Pace } from '../../src/agent/route/pace.ts';
import { FixedSource } from '../../src/agent/route-source.ts';
import { FakeClock } from '../support/agent-clock.ts';
import { busRoute, engineBed, ToldChannel } from '../support/agent-engine.ts';

/** What is due within so many milliseconds is done in one go. */
const GRAIN_MS = 50;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Numbers from 0 to less than 1, the same in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

test('in 24 hours every route is announced at its interval, without drift, and they are spread over it', () => {
  const { clock, channel, source } = engineBed(dice(1));
  const routes = Array.from({ length: 100 }, (_, index) =>
    busRoute(`r${index}.test`, { interval: 20_000 }, `10.0.0.1:${index + 1}`),
  );
  source.wants(...routes);
  clock.pass(DAY_MS);
  const times = Map.groupBy(channel.told, ({ said }) => said);
  assert.equal(times.size, 100);
  const seconds = new Map<number, number>();
  for (const beats of times.values()) {
    const [first, second, ...others] = beats.map(({ at }) => at);
    assert.equal(first, 0);
    assert.ok(second! > 0 && second! <= 20_000 + GRAIN_MS);
    assert.ok(Math.abs(others.length - (DAY_MS - second!) / 20_000) <= 1);
    for (const [index, at] of others.entries()) {
      const late = at - (second! + (index + 1) * 20_000);
      assert.ok(Math.abs(late) <= GRAIN_MS, `${late} ms off after ${index + 1} intervals`);
    }
    const slot = Math.floor((second! % 20_000) / 1000);
    seconds.set(slot, (seconds.get(slot) ?? 0) + 1);
  }
  // Five of them a second are even; all at once would be a hundred.
  assert.ok(Math.max(...seconds.values()) <= 20, [...seconds.values()].join());
});

test('after a pause of the process what was missed is not made up for', () => {
  const beats = new Beats(0, 20_000, 0);
  assert.equal(beats.next(0), 20_000);
  assert.equal(beats.next(90_001), 100_000);
  assert.equal(beats.next(100_000), 120_000);
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 100_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.array(fc.integer({ min: 0, max: 500_000 }), { maxLength: 30 }),
      (interval, random, waits) => {
        const some = new Beats(0, interval, random);
        const first = some.next(0);
        assert.ok(first > 0 && first <= interval);
        let now = 0;
        for (const wait of waits) {
          now += wait;
          const due = some.next(now);
          assert.ok(due > now && due - now <= interval + 1e-6);
          const intervals = (due - first) / interval;
          assert.ok(Math.abs(intervals - Math.round(intervals)) < 1e-6);
        }
      },
    ),
  );
});

test('200 agents that lose their bus together do not come back together, and are all heard within seconds', () => {
  const clock = new FakeClock();
  const random = dice(7);
  const agents = Array.from({ length: 200 }, (_, index) => {
    const channel = new ToldChannel(clock);
    const engine = new Engine({
      channels: { bus: channel, 'routing-api': null },
      check: async () => ({ ok: true }),
      clock,
      random,
      pace: new Pace(),
      unregistrationLimit: 5,
      tell: () => {},
    });
    const routes = Array.from({ length: 25 }, (_, at) =>
      busRoute(`r${at}.test`, {}, `10.0.${index}.1:${at + 1}`),
    );
    engine.follow(new FixedSource('test', routes));
    channel.take();
    channel.state = 'away';
    return { channel, engine };
  });
  clock.pass(90_000);
  const back = clock.now();
  for (const { channel, engine } of agents) {
    // As the client of the bus waits between two attempts: up to two seconds, all of it left to chance.
    clock.after(2_000 * (1 - random()), { kind: 'round', panic() {} }, () => {
      channel.state = 'ready';
      engine.answer('bus');
      // And its router has started anew as well.
      engine.answer('bus');
    });
  }
  clock.pass(3_000);
  const told = agents.flatMap(({ channel }) => channel.told);
  for (const { channel } of agents) {
    assert.equal(new Set(channel.told.map(({ said }) => said)).size, 25);
  }
  // An answer for each, and the heartbeats that were due anyway.
  assert.ok(told.length < 5_000 * 1.25, String(told.length));
  const slots = Map.groupBy(told, ({ at }) => Math.floor((at - back) / 100));
  const largest = Math.max(...[...slots.values()].map((slot) => slot.length));
  assert.ok(largest < 5_000 / 10, `${largest} of 5000 in a tenth of a second`);
});

test('an answer is spread over a second for every hundred routes, five at most', () => {
  assert.deepEqual([answerSpread(1), answerSpread(100), answerSpread(5_000)], [10, 1_000, 5_000]);
});

test('the agenda gives what is due in its order, as a sorted list would', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.record({ note: fc.integer({ min: 0, max: 50 }) }), fc.record({ pass: fc.nat(10) })),
      ),
      (steps) => {
        const agenda = new Agenda<number>();
        let model: { due: number; item: number }[] = [];
        let now = 0;
        for (const [item, step] of steps.entries()) {
          if ('note' in step) {
            agenda.note(now + step.note, item);
            model.push({ due: now + step.note, item });
            continue;
          }
          now += step.pass;
          const due = model
            .filter((entry) => entry.due <= now)
            .toSorted((a, b) => a.due - b.due || a.item - b.item);
          model = model.filter((entry) => entry.due > now);
          for (const { item: expected } of due) assert.equal(agenda.take(now), expected);
          assert.equal(agenda.take(now), null);
          assert.equal(agenda.size, model.length);
        }
      },
    ),
  );
});

test('the shortest times of several routers count, and half of the time after which one forgets is the most', () => {
  const pace = new Pace();
  assert.deepEqual([pace.of(null), pace.of(3_600)], [20, 60]);
  pace.adopt({ interval: 30, forgets: 600 });
  assert.deepEqual([pace.of(null), pace.of(3_600), pace.asked(3_600)], [30, 300, 3_600]);
  assert.equal(pace.hear({ interval: 10, forgets: null }), true);
  assert.equal(pace.hear({ interval: 40, forgets: 700 }), false);
  assert.equal(pace.hear({ interval: null, forgets: 12 }), true);
  assert.deepEqual([pace.of(null), pace.of(3), pace.of(3_600)], [6, 3, 6]);
});
