import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { ONE_ROUND, type Owner } from '../../src/boundary/owner.ts';
import { Deadline, DeadlineList } from '../../src/time/deadline.ts';

describe('deadlines', () => {
  test('expire when their time has come, soonest first, and once', () => {
    const list = new DeadlineList(100);
    const expired: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new Deadline(ONE_ROUND, () => expired.push(name))) as [
      Deadline,
      Deadline,
      Deadline,
    ];
    list.arm(a, 0);
    list.arm(b, 10);
    list.arm(c, 20);
    list.expireDue(99);
    assert.deepEqual(expired, []);
    list.expireDue(100);
    assert.deepEqual(expired, ['a']);
    list.expireDue(1000);
    list.expireDue(2000);
    assert.deepEqual(expired, ['a', 'b', 'c']);
    assert.equal(a.isArmed, false);
  });

  test('expire no more at once than may, the others the next time', () => {
    const list = new DeadlineList(100);
    const expired: number[] = [];
    for (let i = 0; i < 5; i++) list.arm(new Deadline(ONE_ROUND, () => expired.push(i)), i);
    assert.equal(list.expireDue(103, 2), 2);
    assert.deepEqual(expired, [0, 1]);
    assert.equal(list.expireDue(103, 10), 2);
    assert.equal(list.expireDue(103, 10), 0);
    assert.equal(list.expireDue(104, 0), 0);
    assert.deepEqual(expired, [0, 1, 2, 3]);
  });

  test('of duration 0 never expire, and arming one there disarms it elsewhere', () => {
    const never = new DeadlineList(0);
    const list = new DeadlineList(1);
    let expired = 0;
    const deadline = new Deadline(ONE_ROUND, () => expired++);
    list.arm(deadline, 0);
    never.arm(deadline, 0);
    assert.equal(deadline.isArmed, false);
    never.expireDue(Number.MAX_SAFE_INTEGER);
    list.expireDue(Number.MAX_SAFE_INTEGER);
    assert.equal(expired, 0);
  });

  test('armed anew are moved to the end', () => {
    const list = new DeadlineList(100);
    const expired: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => new Deadline(ONE_ROUND, () => expired.push(name))) as [
      Deadline,
      Deadline,
    ];
    list.arm(a, 0);
    list.arm(b, 0);
    list.arm(a, 50);
    list.expireDue(100);
    assert.deepEqual(expired, ['b']);
  });

  test('are disarmed already when they expire, and can be armed anew then', () => {
    const list = new DeadlineList(100);
    let expired = 0;
    const deadline: Deadline = new Deadline(ONE_ROUND, () => {
      assert.equal(deadline.isArmed, false);
      expired++;
      list.arm(deadline, 100 * expired);
    });
    list.arm(deadline, 0);
    list.expireDue(100);
    assert.equal(expired, 1);
    list.expireDue(1000);
    assert.equal(expired, 10);
  });

  test('can disarm each other as they expire', () => {
    const list = new DeadlineList(100);
    const expired: number[] = [];
    const all: Deadline[] = [0, 1, 2, 3].map(
      (place) =>
        new Deadline(ONE_ROUND, () => {
          expired.push(place);
          all[(place + 1) % 4]!.disarm();
        }),
    );
    for (const deadline of all) list.arm(deadline, 0);
    list.expireDue(100);
    assert.deepEqual(expired, [0, 2]);
  });

  test('that are not armed can be disarmed', () => new Deadline(ONE_ROUND, () => {}).disarm());

  test('can be made to expire before their time, the one armed first first', () => {
    const list = new DeadlineList(100);
    const expired: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => new Deadline(ONE_ROUND, () => expired.push(name))) as [
      Deadline,
      Deadline,
    ];
    assert.equal(list.expireFirst(), false);
    list.arm(a, 0);
    list.arm(b, 0);
    list.arm(a, 10);
    assert.equal(list.expireFirst(), true);
    assert.deepEqual(expired, ['b']);
    assert.equal(b.isArmed, false);
    list.expireDue(110);
    assert.deepEqual(expired, ['b', 'a']);
    assert.equal(list.expireFirst(), false);
  });

  test('that throw give up their owner alone, and keep no other waiting', () => {
    const told: Panic[] = [];
    onPanic((panic) => told.push(panic));
    const fault = new Error('a fault of ours');
    const errors: unknown[] = [];
    const owner: Owner = { kind: 'connection', panic: (error) => errors.push(error) };
    const list = new DeadlineList(100);
    let expired = 0;
    for (let i = 0; i < 3; i++) {
      list.arm(
        new Deadline(owner, () => {
          throw fault;
        }),
        0,
      );
      list.arm(new Deadline(ONE_ROUND, () => expired++), 0);
    }
    assert.equal(list.expireFirst(), true);
    assert.equal(list.expireDue(100), 5);
    assert.deepEqual([expired, errors.length, told.length], [3, 3, 3]);
    assert.deepEqual(told[0], { kind: 'connection', error: fault, again: false, requestId: '' });
  });
});

const DURATIONS = [0, 10, 25];
const COUNT = 4;

/** The same as rows of a list that is searched through each time. */
class NaiveDeadlines {
  #rows: { place: number; list: number; dueAt: number }[] = [];

  arm(place: number, list: number, now: number): void {
    this.disarm(place);
    if (DURATIONS[list] !== 0) this.#rows.push({ place, list, dueAt: now + DURATIONS[list]! });
  }

  disarm(place: number): void {
    this.#rows = this.#rows.filter((row) => row.place !== place);
  }

  isArmed(place: number): boolean {
    return this.#rows.some((row) => row.place === place);
  }

  expireDue(list: number, now: number, expire: (place: number) => void): void {
    for (;;) {
      const row = this.#rows.find((candidate) => candidate.list === list && candidate.dueAt <= now);
      if (row === undefined) return;
      this.disarm(row.place);
      expire(row.place);
    }
  }
}

const place = fc.nat(COUNT - 1);
const list = fc.nat(DURATIONS.length - 1);
const step = fc.oneof(
  fc.record({ do: fc.constant('arm' as const), place, list }),
  fc.record({ do: fc.constant('disarm' as const), place }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(15) }),
);
/** What a deadline does as it expires. */
const reaction = fc.oneof(
  fc.constant(null),
  fc.record({ do: fc.constant('arm' as const), place, list }),
  fc.record({ do: fc.constant('disarm' as const), place }),
);

test('after any sequence the deadlines are the naive ones, also when they act on each other as they expire', () => {
  const reactions = fc.array(reaction, { minLength: COUNT, maxLength: COUNT });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), reactions, (steps, onExpire) => {
      let now = 0;
      const lists = DURATIONS.map((duration) => new DeadlineList(duration));
      const naive = new NaiveDeadlines();
      const [expired, expected]: number[][] = [[], []];
      const all = Array.from(
        { length: COUNT },
        (_, at) =>
          new Deadline(ONE_ROUND, () => {
            expired!.push(at);
            const react = onExpire[at];
            if (react?.do === 'arm') lists[react.list]!.arm(all[react.place]!, now);
            if (react?.do === 'disarm') all[react.place]!.disarm();
          }),
      );
      const expireNaively = (at: number) => {
        expected!.push(at);
        const react = onExpire[at];
        if (react?.do === 'arm') naive.arm(react.place, react.list, now);
        if (react?.do === 'disarm') naive.disarm(react.place);
      };

      for (const next of steps) {
        if (next.do === 'arm') {
          lists[next.list]!.arm(all[next.place]!, now);
          naive.arm(next.place, next.list, now);
        } else if (next.do === 'disarm') {
          all[next.place]!.disarm();
          naive.disarm(next.place);
        } else {
          now += next.ms;
          for (const [at, one] of lists.entries()) {
            one.expireDue(now);
            naive.expireDue(at, now, expireNaively);
          }
        }
        assert.deepEqual(expired, expected);
        for (const [at, one] of all.entries()) assert.equal(one.isArmed, naive.isArmed(at));
      }
    }),
    { numRuns: 1000 },
  );
});
