import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { ageCharacter, ageOf, GONE, UNKNOWN } from '../../src/snapshot/age-scale.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

test('an age comes back as one that is not less, by 10 s or a tenth and a second at most', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 30 * HOUR, noNaN: true }), (age) => {
      const read = ageOf(ageCharacter(age))!;
      assert.ok(read >= age, `${read} for ${age}`);
      assert.ok(read - age <= Math.max(10 * SECOND - age, SECOND + age / 10), `${read} for ${age}`);
    }),
  );
});

test('a greater age is never taken for a smaller one', () => {
  const age = fc.double({ min: 0, max: 30 * HOUR, noNaN: true });
  fc.assert(
    fc.property(age, age, (one, other) => {
      const [younger, older] = one < other ? [one, other] : [other, one];
      assert.ok(ageOf(ageCharacter(younger))! <= ageOf(ageCharacter(older))!);
    }),
  );
});

test('what is older than the scale is unknown, and what lies in the future is new', () => {
  assert.equal(ageCharacter(40 * HOUR), UNKNOWN);
  assert.equal(ageCharacter(-HOUR), ageCharacter(0));
  assert.equal(ageOf(UNKNOWN), undefined);
  assert.equal(ageOf(GONE), undefined);
});

test('every character is printable, one byte, and neither of the two that mean something else', () => {
  for (let age = 0; age < 32 * HOUR; age += 5 * SECOND) {
    const character = ageCharacter(age);
    assert.match(character, /^[!-}]$/);
    assert.notEqual(character, GONE);
  }
});
