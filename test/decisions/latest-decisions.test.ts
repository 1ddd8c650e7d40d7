import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { DecisionEntry, JsonObject } from '../../src/decisions/decision.ts';
import { LatestDecisions } from '../../src/decisions/latest-decisions.ts';

function step(key: string, revision: number, value: JsonObject | null = { n: revision }): DecisionEntry {
  return { key, value, revision, at: 1000 + revision, by: 'ann' };
}

function watched() {
  const latest = new LatestDecisions();
  const told: string[] = [];
  latest.watch(({ key, revision, value }) => told.push(`${key}@${revision}${value === null ? ' gone' : ''}`));
  return { latest, told, take: () => told.splice(0) };
}

test('every step is told once', () => {
  const { latest, take } = watched();
  for (const entry of [step('a.a', 1), step('a.b', 2), step('a.a', 1), step('a.a', 3), step('a.a', 2)]) {
    latest.apply(entry);
  }
  latest.apply(step('a.b', 4, null));
  latest.apply(step('a.b', 2));
  assert.deepEqual(take(), ['a.a@1', 'a.b@2', 'a.a@3', 'a.b@4 gone']);
  assert.deepEqual(latest.all(), [step('a.a', 3)]);
  assert.equal(latest.revision, 4);
});

test('who comes later is told at once what is there, and no more once he has left', () => {
  const { latest } = watched();
  latest.apply(step('a.a', 1));
  const told: number[] = [];
  const leave = latest.watch(({ revision }) => told.push(revision));
  latest.apply(step('a.b', 2));
  leave();
  latest.apply(step('a.b', 3));
  assert.deepEqual(told, [1, 2]);
});

test('a store that was read from the start is told by what is different', () => {
  const { latest, take } = watched();
  latest.replace([step('a.a', 1), step('a.b', 2), step('a.c', 3)]);
  take();
  latest.replace([step('a.a', 1), step('a.b', 5), step('a.d', 6), step('a.e', 7, null)]);
  assert.deepEqual(take(), ['a.b@5', 'a.d@6', 'a.c@3 gone']);
  // Another store has revisions of its own, which may be lower.
  latest.replace([step('a.a', 1), step('a.b', 2)]);
  latest.apply(step('a.b', 3));
  assert.deepEqual(take(), ['a.b@2', 'a.d@6 gone', 'a.b@3']);
});

test('what cannot be read in a store stays as it was known', () => {
  const { latest, take } = watched();
  latest.replace([step('a.a', 1), step('a.b', 2)]);
  take();
  latest.replace([step('a.a', 1)], new Set(['a.b']));
  assert.deepEqual(take(), []);
  assert.deepEqual(latest.all(), [step('a.a', 1), step('a.b', 2)]);
});

test('a listener that throws keeps no other from hearing', () => {
  const latest = new LatestDecisions();
  latest.watch(() => {
    throw new Error('listener broke');
  });
  const told: string[] = [];
  latest.watch(({ key }) => told.push(key));
  latest.apply(step('a.a', 1));
  assert.deepEqual(told, ['a.a']);
});
