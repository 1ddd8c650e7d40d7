import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type Remembered, readRemembered } from '../../src/decisions/remembered.ts';

const KNOWN: Remembered = {
  store: 'jetstream',
  asOf: 1000,
  decisions: [{ key: 'split.a', value: { b: 10 }, revision: 7, at: 900, by: 'ann' }],
};

test('what was remembered comes back through JSON', () => {
  assert.deepEqual(readRemembered(JSON.parse(JSON.stringify(KNOWN))), { remembered: KNOWN, rejected: [] });
  assert.deepEqual(readRemembered(undefined), { remembered: null, rejected: [] });
});

test('a decision that is none costs itself', () => {
  const [good] = KNOWN.decisions;
  const decisions = [{ ...good, key: 'x' }, good, { ...good, key: 'split.b', value: null }, good, 7];
  const { remembered, rejected } = readRemembered({ ...KNOWN, decisions });
  assert.deepEqual(remembered, KNOWN);
  assert.deepEqual(
    rejected.map((why) => why.slice(0, 27)),
    [
      'decisions[0]: key: found "x',
      'decisions[2]: value: no JSO',
      'decisions[3]: its key is th',
      'decisions[4]: entry: no JSO',
    ],
  );
});

test('no JSON makes it throw', () => {
  const parts = fc.record({
    store: fc.constantFrom('jetstream', 'file', 7),
    asOf: fc.jsonValue(),
    decisions: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), parts), (json) => Array.isArray(readRemembered(json).rejected)),
  );
});
