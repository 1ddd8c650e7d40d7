import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { LONGEST_DURATION, parseDuration } from '../../src/config/schema/duration.ts';

test('§5.1 reads durations as Go writes them', () => {
  assert.equal(parseDuration('1m30s'), 90_000);
  assert.equal(parseDuration('500ms'), 500);
  assert.equal(parseDuration('1.5h'), 5_400_000);
  assert.equal(parseDuration('.5s'), 500);
  assert.equal(parseDuration('1.s'), 1000);
  assert.equal(parseDuration('+2s'), 2000);
  assert.equal(parseDuration('1s1s'), 2000);
  assert.equal(parseDuration('1h15m30.918273645s'), 4_530_919);
});

test('takes zero with and without a unit', () => {
  for (const zero of ['0', '+0', '-0', '0s', '0h0m']) assert.equal(parseDuration(zero), 0);
});

test('counts a part of a millisecond as a whole one', () => {
  assert.equal(parseDuration('1ns'), 1);
  assert.equal(parseDuration('1us'), 1);
  assert.equal(parseDuration('1µs'), 1);
  assert.equal(parseDuration('1μs'), 1);
  assert.equal(parseDuration('1.1s'), 1100);
});

test('refuses what is no duration', () => {
  for (const text of [
    '',
    '12',
    's',
    '.s',
    '1',
    '1 s',
    ' 1s',
    '1s ',
    '1d',
    '1S',
    '--1s',
    '1s-1s',
    '1,5s',
    '0x1s',
  ]) {
    assert.equal(parseDuration(text), 'not-a-duration', text);
  }
  assert.equal(parseDuration('1'.repeat(1_000_000)), 'not-a-duration');
});

test('refuses negative durations', () => {
  assert.equal(parseDuration('-1s'), 'negative');
});

test('refuses durations a timer cannot take', () => {
  assert.equal(parseDuration(`${LONGEST_DURATION}ms`), LONGEST_DURATION);
  assert.equal(parseDuration(`${LONGEST_DURATION + 1}ms`), 'too-long');
  assert.equal(parseDuration('999999999999999999h'), 'too-long');
});

test('a sum of components is as long as they are together', () => {
  const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
  const component = fc.tuple(fc.nat(100), fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])));
  fc.assert(
    fc.property(fc.array(component, { minLength: 1, maxLength: 6 }), (components) => {
      const text = components.map(([count, unit]) => `${count}${unit}`).join('');
      const milliseconds = components.reduce((sum, [count, unit]) => sum + count * units[unit], 0);
      assert.equal(parseDuration(text), milliseconds);
    }),
  );
});

test('a decimal fraction is exact', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), (milliseconds) => {
      const seconds = `${Math.floor(milliseconds / 1000)}.${String(milliseconds % 1000).padStart(3, '0')}s`;
      assert.equal(parseDuration(seconds), milliseconds);
    }),
  );
});

test('any text gives an integer in range or an error', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[-+]?[0-9.]{0,12}(ns|us|ms|s|m|h)?[0-9.smh]{0,8}$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseDuration(text);
      if (typeof parsed === 'number')
        assert.ok(Number.isInteger(parsed) && parsed >= 0 && parsed <= LONGEST_DURATION);
    }),
  );
});
