import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { test } from 'vitest';
import type { DecisionEntry } from '../../src/decisions/decision.ts';
import { DecisionLog } from '../../src/decisions/decision-log.ts';
import { readLogText, writeLogText } from '../../src/decisions/log-text.ts';

const logs = fc
  .array(
    fc.record({
      key: fc.constantFrom('split.a', 'split.b', 'static.c'),
      value: fc.option(
        fc.record({ weight: fc.nat(), note: fc.string({ unit: 'grapheme' }) }, { noNullPrototype: true }),
      ),
      at: fc.nat(),
      by: fc.constantFrom('ann', 'ben'),
    }),
    { maxLength: 30 },
  )
  .map((steps) => steps.map((step, i): DecisionEntry => ({ ...step, revision: i + 1 })))
  .map((steps) => new DecisionLog(steps, steps.length + 5));

function line(json: object | null): string {
  const text = JSON.stringify(json);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}`;
}

test('a log comes back as it was written', () => {
  fc.assert(
    fc.property(logs, (log) => {
      const read = readLogText(writeLogText(log));
      assert.ok(read.ok);
      assert.deepEqual(read.rejected, []);
      assert.deepEqual(read.log.entries(), log.entries());
      assert.equal(read.log.last, log.last);
    }),
  );
});

test('bytes that change anywhere cost their own lines, and invent nothing', () => {
  const damages = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(logs, damages, (log, list) => {
      const bytes = Buffer.from(writeLogText(log));
      const written = Buffer.from(bytes);
      const hurt = new Set<number>();
      for (const [place, flip] of list) {
        const at = place % bytes.length;
        // A line's end belongs to the next line too.
        const before = written.subarray(0, at).filter((byte) => byte === 10).length;
        hurt.add(before).add(before + 1);
        bytes[at]! ^= flip;
      }
      const read = readLogText(bytes.toString());
      assert.ok(read.ok);
      const all = log.entries();
      const found = read.log.entries();
      for (const entry of found)
        assert.deepEqual(
          entry,
          all.find(({ revision }) => revision === entry.revision),
        );
      const whole = all.filter((_, index) => !hurt.has(index + 1));
      for (const entry of whole) assert.ok(found.some(({ revision }) => revision === entry.revision));
    }),
  );
});

test('each rejected line is named with its fault', () => {
  const good = { key: 'split.a', value: {}, revision: 3, at: 1, by: 'ann' };
  const text = [
    line(good),
    'rubbish',
    line({ ...good, revision: 0 }),
    line({ ...good, key: 'a b', revision: 4 }),
    line({ ...good, value: 7, revision: 5 }),
    line({ ...good, by: 'other' }),
    line(null),
    line({ ...good, revision: 6, more: 'of a later version' }),
  ].join('\n');
  const read = readLogText(text);
  assert.ok(read.ok);
  assert.deepEqual(
    read.rejected.map(({ line: number, why }) => `${number} ${why.slice(0, 30)}`),
    [
      '2 checksum: does not match the l',
      '3 revision: found 0, allowed: an',
      '4 key: found "a b", allowed: two',
      '5 value: no JSON object',
      '6 revision: 3 is there twice',
      '7 entry: no JSON object',
    ],
  );
  assert.deepEqual(read.log.entries(), [good, { ...good, revision: 6 }]);
  assert.equal(read.log.last, 6);
});

test('a file of a later format is not read at all', () => {
  const read = readLogText(line({ format: 'cellgate decisions', version: 2, last: 1 }));
  assert.deepEqual(read, { ok: false, why: 'format version 2 is not known, allowed: 1' });
});
