import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { readSplit } from '../../../src/routing/split.ts';
import {
  isSameSplit,
  readPair,
  selectorsOf,
  splitAfter,
  splitFor,
  weightsIn,
} from '../../../src/runtime/cutover/cutover-split.ts';

const ROUTE = 'shop.test';
const PAIR = { from: 'app:blue', to: 'app:green' };
const arms = (weights: Readonly<Record<string, number>>) => ({
  arms: Object.entries(weights).map(([selector, weight]) => ({ selector, weight })),
});

test('2.4 the split of a cutover has its two arms, and others that were found without weight, rest being the last', () => {
  assert.deepEqual(selectorsOf(null, ROUTE, PAIR), ['app:blue', 'app:green']);
  assert.deepEqual(selectorsOf(null, ROUTE, { from: 'rest', to: 'app:green' }), ['app:green', 'rest']);
  const found = arms({ 'app:red': 0, 'app:blue': 100, rest: 0 });
  assert.deepEqual(selectorsOf(found, ROUTE, PAIR), ['app:red', 'app:blue', 'app:green', 'rest']);
  assert.deepEqual(splitFor({ ...found, key: 'client-ip' }, ROUTE, PAIR, { from: 9900, to: 100 }), {
    ...arms({ 'app:red': 0, 'app:blue': 9900, 'app:green': 100, rest: 0 }),
    key: 'client-ip',
    on_empty: 'spill',
  });
});

test('2.4 whatever is found is either refused in a sentence or taken over as a split that can be followed', () => {
  const weight = fc.integer({ min: 0, max: 10_000 });
  const selector = fc.constantFrom('app:blue', 'app:green', 'app:red', 'tag:v=1', 'rest');
  const pair = fc
    .tuple(selector, selector)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => ({ from, to }));
  const found = fc.uniqueArray(fc.record({ selector, weight }), { selector: (each) => each.selector });
  fc.assert(
    fc.property(fc.option(found), pair, fc.integer({ min: 0, max: 10_000 }), (given, two, to) => {
      const value = given === null ? null : { arms: given };
      if (value !== null && !readSplit(value, ROUTE).ok) return;
      const weights = weightsIn(value, ROUTE, two);
      if (typeof weights === 'string') return assert.match(weights, /^the split of shop\.test gives /);
      assert.equal(weights.from + weights.to, 10_000);
      const made = readSplit(splitFor(value, ROUTE, two, { from: 10_000 - to, to }), ROUTE);
      assert.ok(made.ok, made.ok ? '' : made.error);
      assert.equal(
        made.split.arms.reduce((sum, each) => sum + each.weight, 0),
        10_000,
      );
    }),
  );
});

test('2.4 a split that cannot be followed is not taken over as if there were none', () => {
  const later = { ...arms({ 'app:blue': 1 }), key: 'of-a-later-version' };
  assert.match(String(weightsIn(later, ROUTE, PAIR)), /shop\.test is one that this router cannot follow/);
});

test('2.4 once the old arm has gone newcomers are kept out where they were before, and nowhere else', () => {
  assert.equal(splitAfter(null, ROUTE, PAIR, PAIR.to), null);
  assert.equal(splitAfter(arms({ 'app:blue': 1 }), ROUTE, PAIR, PAIR.to), null);
  const held = splitAfter(arms({ 'app:blue': 1, rest: 0 }), ROUTE, PAIR, PAIR.to);
  assert.deepEqual(held?.['arms'], arms({ 'app:green': 10_000, rest: 0 }).arms);
  assert.equal(splitAfter(arms({ rest: 1 }), ROUTE, { from: 'rest', to: 'app:green' }, 'app:green'), null);
});

test('2.4 selectors are written in one way, and two of a kind are no cutover', () => {
  assert.deepEqual(readPair('addr:[::1]:80', 'rest'), { from: 'addr:[::1]:80', to: 'rest' });
  assert.match(String(readPair('app:', 'rest')), /^from: selector: found "app:"/);
  assert.match(String(readPair('rest', 'green')), /^to: selector: found "green"/);
  assert.equal(readPair('app:a', 'app:a'), 'from and to are both app:a');
  assert.equal(isSameSplit(arms({ rest: 1 }), { ...arms({ rest: 1 }), key: 'none' }, ROUTE), true);
  assert.equal(isSameSplit(arms({ rest: 1 }), arms({ rest: 2 }), ROUTE), false);
});
