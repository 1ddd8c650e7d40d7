import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { LineBytes } from '../../src/telemetry/line-bytes.ts';

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const part = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), value: latin1 }),
  fc.record({ kind: fc.constant('text' as const), value: latin1.map((text) => text.repeat(200)) }),
  fc.record({ kind: fc.constant('quoted' as const), value: latin1 }),
  fc.record({ kind: fc.constant('number' as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('sixDigits' as const), value: fc.nat(999_999) }),
);

test('a line of any parts is what the parts are as text, whatever lines there were before it', () => {
  const line = new LineBytes();
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      line.clear();
      let expected = '';
      for (const { kind, value } of parts) {
        (line[kind] as (value: unknown) => void).call(line, value);
        if (kind === 'quoted') expected += `"${value || '-'}"`;
        else expected += kind === 'sixDigits' ? String(value).padStart(6, '0') : value;
      }
      assert.equal(line.toString(), expected);
      assert.equal(line.length, expected.length);
      const target = Buffer.alloc(expected.length + 3);
      assert.equal(line.copyTo(target, 3), target.length);
      assert.equal(target.toString('latin1', 3), expected);
    }),
    { numRuns: 500 },
  );
});
