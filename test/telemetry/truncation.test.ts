import assert from 'node:assert/strict';
import { test } from 'vitest';
import { attemptFields } from '../../src/telemetry/attempt-fields.ts';
import { ExtraHeaders } from '../../src/telemetry/extra-headers.ts';
import { truncated } from '../../src/telemetry/truncation.ts';

test('§6.6 what is too long is halved until it fits, and its end says so', () => {
  assert.equal(truncated('x'.repeat(1000), 'REFERER', 1000), 'x'.repeat(1000));
  const once = `${'x'.repeat(600)}...REFERER-TOO-LONG-TO-LOG--TRUNCATED`;
  assert.equal(truncated('x'.repeat(1200), 'REFERER', 1000), once);
  const cut = truncated('x'.repeat(100_000), 'REFERER', 1000);
  assert.ok(cut.length <= 1000 && cut.endsWith('-TRUNCATED'));
});

test('§6.6 extra headers beyond their room are cut off as a whole', () => {
  const headers = new ExtraHeaders(['A', 'B-C', 'D']);
  const values = ['1', 'x'.repeat(20_000), '2'];
  assert.equal(headers.truncatedPart(values), ' a:"1"...EXTRA-REQUEST-HEADERS-TOO-LONG-TO-LOG--TRUNCATED');
  assert.equal(headers.part(['1', '', '2'], true), ' a:"1" b_c:"-" d:"2"');
});

test('§6.6 names of extra fields that are unknown or said twice are passed over', () => {
  assert.deepEqual(attemptFields(['dial_time', 'nonsense', 'failed_attempts', 'dial_time']), [
    'dial_time',
    'failed_attempts',
  ]);
});
