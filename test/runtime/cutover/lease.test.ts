import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { DecisionEntry } from '../../../src/decisions/decision.ts';
import { Lease } from '../../../src/runtime/cutover/lease.ts';

function entry(driver: string, beat: number, revision: number): DecisionEntry {
  return { key: 'lease.x', value: { driver, beat }, revision, at: 0, by: driver };
}

test('2.4 who drives says so every three seconds, and is replaced after twelve in which nobody heard of it', () => {
  const lease = new Lease('r1', 0);
  lease.heed(entry('r2', 1, 5), 0);
  assert.deepEqual(lease.next(11_999, true), { kind: 'wait' });
  lease.heed(entry('r2', 2, 6), 11_999);
  assert.deepEqual(lease.next(20_000, true), { kind: 'wait' });
  const step = lease.next(24_000, true);
  assert.deepEqual(step, { kind: 'write', value: { driver: 'r1', beat: 3 }, expected: 6 });
  lease.heed(entry('r1', 3, 7), 24_000);
  assert.equal(lease.isOurs, true);
  assert.deepEqual(lease.next(26_999, true), { kind: 'hold' });
  assert.equal(lease.next(27_000, true).kind, 'write');
});

test('2.4 the time in which the store could not be seen does not count against who drives', () => {
  const lease = new Lease('r1', 0);
  lease.heed(entry('r2', 1, 5), 0);
  for (let now = 1000; now < 90_000; now += 1000) assert.equal(lease.next(now, false).kind, 'wait');
  assert.equal(lease.next(90_000, true).kind, 'wait');
  assert.equal(lease.next(101_000, true).kind, 'wait');
  assert.equal(lease.next(102_000, true).kind, 'write');
});

/** Routers that see a store of one key late, or not at all, at times. */
function play(ids: readonly string[], turns: readonly (readonly [number, boolean])[]): void {
  let revision = 0;
  let held: DecisionEntry | null = null;
  const leases = ids.map((id) => new Lease(id, 0));
  let now = 0;
  for (const [who, sees] of turns) {
    now += 700;
    const lease = leases[who % leases.length]!;
    if (sees && held !== null) lease.heed(held, now);
    const step = lease.next(now, sees);
    if (step.kind !== 'write') continue;
    if (step.expected === revision) {
      held = entry(step.value.driver, step.value.beat, ++revision);
      lease.heed(held, now);
    } else lease.lost();
    // Whoever is up to date knows of one driver alone.
    for (const each of leases) if (held !== null && sees) each.heed(held, now);
    assert.ok(leases.filter(({ isOurs }) => isOurs).length <= 1);
  }
}

test('2.4 of all that see the store at most one drives, whenever each of them looks', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 200 }), (turns) =>
      play(['r1', 'r2', 'r3', 'r4'], turns),
    ),
  );
});
