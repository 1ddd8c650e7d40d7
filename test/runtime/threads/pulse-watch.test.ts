import assert from 'node:assert/strict';
import { test } from 'vitest';
import { PulseWatch } from '../../../src/runtime/threads/pulse-watch.ts';

/** Two threads, and a watcher that looks once a second if nothing keeps it from it. */
class Fixture {
  readonly watch = new PulseWatch({ stuckAfter: 5000, startLimit: 60_000, interval: 1000 });
  readonly beats = [0, 0];
  now = 100_000;

  constructor() {
    this.watch.look(this.now, (lane) => this.beats[lane]!);
  }

  /** So many seconds in which these threads beat; the lanes found stuck. */
  seconds(count: number, beating: readonly number[] = []): number[] {
    const stuck: number[] = [];
    for (let each = 0; each < count; each++) {
      for (const lane of beating) this.beats[lane]! += 10;
      stuck.push(...this.lookAfter(1000));
    }
    return stuck;
  }

  lookAfter(milliseconds: number): number[] {
    this.now += milliseconds;
    return this.watch.look(this.now, (lane) => this.beats[lane]!);
  }

  begin(): this {
    this.watch.begin(0, this.beats[0]!);
    this.watch.begin(1, this.beats[1]!);
    this.seconds(1, [0, 1]);
    return this;
  }
}

test('a thread without a beat for 5 s is stuck, is told once, and the others are not', () => {
  const fixture = new Fixture().begin();
  assert.deepEqual(fixture.seconds(4, [1]), []);
  assert.deepEqual(fixture.seconds(1, [1]), [0]);
  assert.deepEqual(fixture.seconds(20, [1]), []);
});

test('a thread that is slow for 4 s at a time is not', () => {
  const fixture = new Fixture().begin();
  for (let round = 0; round < 5; round++) {
    assert.deepEqual(fixture.seconds(4), []);
    assert.deepEqual(fixture.seconds(1, [0, 1]), []);
  }
});

test('a pause of the whole process makes nobody stuck, however long and often', () => {
  const fixture = new Fixture().begin();
  for (let round = 0; round < 20; round++) {
    assert.deepEqual(fixture.lookAfter(60_000), []);
    assert.deepEqual(fixture.seconds(1, [0, 1]), []);
  }
});

test('what a watcher has missed does not count, but what it has seen does', () => {
  const fixture = new Fixture().begin();
  fixture.seconds(3, [1]);
  assert.deepEqual(fixture.lookAfter(3_600_000), []);
  fixture.beats[1]! += 1;
  assert.deepEqual(fixture.lookAfter(1000), [0]);
});

test('a thread that starts has 60 s for its first beat, and 5 s for each from then on', () => {
  const slow = new Fixture();
  slow.watch.begin(0, 7);
  slow.beats[0] = 7;
  assert.deepEqual(slow.seconds(59), []);
  assert.deepEqual(slow.seconds(1), [0]);

  const begun = new Fixture();
  begun.watch.begin(0, 0);
  begun.seconds(59);
  begun.seconds(1, [0]);
  assert.deepEqual(begun.seconds(4), []);
  assert.deepEqual(begun.seconds(1), [0]);
});

test('a thread that is made to stand still is left alone until it goes on', () => {
  const fixture = new Fixture().begin();
  fixture.watch.pause(0);
  assert.deepEqual(fixture.seconds(100, [1]), []);
  fixture.watch.resume(0);
  assert.deepEqual(fixture.seconds(4, [1]), []);
  assert.deepEqual(fixture.seconds(1, [1]), [0]);
});

test('a thread that has ended is nobody’s business, and the next in its lane starts', () => {
  const fixture = new Fixture().begin();
  fixture.watch.end(0);
  assert.deepEqual(fixture.seconds(10, [1]), []);
  fixture.watch.begin(0, fixture.beats[0]!);
  assert.deepEqual(fixture.seconds(59, [1]), []);
});
