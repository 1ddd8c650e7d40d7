import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { type Failure, type LookUpLimits, LookUps, type Standing } from '../../src/network/look-ups.ts';

const LIMITS: LookUpLimits = {
  places: { answered: 2, new: 3, unanswered: 1 },
  absentMs: 10,
  unansweredMs: 25,
  remembered: 1000,
};
const ABSENT: Failure = { unanswered: false };
const UNANSWERED: Failure = { unanswered: true };

function start(limits: Partial<LookUpLimits> = {}) {
  const clock = { now: 0 };
  const begun: string[] = [];
  const lookUps = new LookUps<string, Failure>(
    { ...LIMITS, ...limits },
    () => clock.now,
    (name, standing) => begun.push(`${name} ${standing}`),
  );
  return { lookUps, begun, clock };
}

interface Entry {
  readonly name: string;
  readonly standing: Standing;
  readonly waiters: string[];
  state: 'queued' | 'asked' | 'overdue';
}

/** The same, looked for from the beginning each time. */
class Naive {
  readonly begun: string[] = [];
  readonly ended: { name: string; why: Failure | null; at: number }[] = [];
  entries: Entry[] = [];
  now = 0;

  ask(name: string, waiter: string): Failure | null {
    const last = this.ended.findLast((each) => each.name === name);
    const kept = last?.why?.unanswered ? LIMITS.unansweredMs : LIMITS.absentMs;
    if (last?.why && this.now < last.at + kept) return last.why;
    const entry = this.of(name);
    if (entry !== undefined) {
      if (!entry.waiters.includes(waiter)) entry.waiters.push(waiter);
      return null;
    }
    const standing = last === undefined || last.why === ABSENT ? 'new' : last.why ? 'unanswered' : 'answered';
    this.entries.push({ name, standing, waiters: [waiter], state: 'queued' });
    this.#fill();
    return null;
  }

  leave(name: string, waiter: string): void {
    const entry = this.of(name);
    if (entry === undefined) return;
    if (entry.waiters.includes(waiter)) entry.waiters.splice(entry.waiters.indexOf(waiter), 1);
    this.entries = this.entries.filter((each) => each.waiters.length > 0 || each.state !== 'queued');
  }

  overdue(name: string): void {
    const entry = this.of(name);
    if (entry?.state === 'asked') entry.state = 'overdue';
    this.#fill();
  }

  settle(name: string, why: Failure | null): readonly string[] {
    const { waiters } = this.of(name)!;
    this.entries = this.entries.filter((each) => each.name !== name);
    this.ended.push({ name, why, at: this.now });
    this.#fill();
    return waiters;
  }

  of(name: string): Entry | undefined {
    return this.entries.find((each) => each.name === name);
  }

  #fill(): void {
    for (const entry of this.entries.toReversed()) {
      const { name, standing } = entry;
      const asked = this.entries.filter((each) => each.state === 'asked' && each.standing === standing);
      if (entry.state !== 'queued' || asked.length >= LIMITS.places[standing]) continue;
      entry.state = 'asked';
      this.begun.push(`${name} ${standing}`);
    }
  }
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), name, waiter: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), name, waiter: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('overdue' as const), name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      name,
      why: fc.constantFrom(null, ABSENT, UNANSWERED),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15 }) }),
  },
);

test('names are asked for as a naive model has it, whatever comes in whichever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { lookUps, begun, clock } = start();
      const naive = new Naive();
      for (const one of steps) {
        if (one.kind === 'ask') {
          const waiter = `w${one.waiter}`;
          assert.equal(lookUps.ask(one.name, waiter), naive.ask(one.name, waiter));
        } else if (one.kind === 'leave') {
          lookUps.leave(one.name, `w${one.waiter}`);
          naive.leave(one.name, `w${one.waiter}`);
        } else if (one.kind === 'overdue') {
          lookUps.overdue(one.name);
          naive.overdue(one.name);
        } else if (one.kind === 'wait') {
          clock.now += one.ms;
          naive.now += one.ms;
        } else if ((naive.of(one.name)?.state ?? 'queued') === 'queued') {
          assert.throws(() => lookUps.settle(one.name, one.why), /was not asked for/);
        } else {
          const told = [...lookUps.settle(one.name, one.why)];
          assert.deepEqual(told, naive.settle(one.name, one.why));
        }
        assert.deepEqual(begun, naive.begun);
      }
    }),
    { numRuns: 400 },
  );
});

describe('of look-ups', () => {
  test('those that take long hold up none that come later, however many they are', () => {
    const { lookUps, begun } = start();
    for (let id = 0; id < 100; id++) {
      lookUps.ask(`slow-${id}`, 'w');
      lookUps.overdue(`slow-${id}`);
    }
    lookUps.ask('good', 'w');
    assert.equal(begun.at(-1), 'good new');
    assert.equal(begun.length, 101);
  });

  test('names that had addresses do not wait for any number of names that nobody knows yet', () => {
    const { lookUps, begun } = start();
    lookUps.ask('good', 'w');
    lookUps.settle('good', null);
    for (let id = 0; id < 100; id++) lookUps.ask(`new-${id}`, 'w');
    lookUps.ask('good', 'w');
    assert.deepEqual(begun, ['good new', 'new-0 new', 'new-1 new', 'new-2 new', 'good answered']);
  });

  test('one for which nobody waits any more is not asked for', () => {
    const { lookUps, begun } = start({ places: { answered: 1, new: 1, unanswered: 1 } });
    for (const each of ['a', 'b', 'c', 'd']) lookUps.ask(each, 'w');
    lookUps.leave('c', 'w');
    lookUps.settle('a', null);
    lookUps.settle('d', null);
    assert.deepEqual(begun, ['a new', 'd new', 'b new']);
  });

  test('what is remembered of names has a bound, and what was noted first goes', () => {
    const { lookUps, begun } = start({ remembered: 2 });
    for (const each of ['a', 'b', 'c']) {
      lookUps.ask(each, 'w');
      lookUps.settle(each, UNANSWERED);
    }
    assert.equal(lookUps.ask('a', 'w'), null);
    assert.equal(lookUps.ask('b', 'w'), UNANSWERED);
    assert.equal(begun.at(-1), 'a new');
  });
});
