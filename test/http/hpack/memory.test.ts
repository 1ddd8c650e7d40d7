import assert from 'node:assert/strict';
import { test } from 'vitest';
import { HpackDecoder } from '../../../src/http/hpack/decoder.ts';
import { encodeField } from '../../../src/http/hpack/encoder.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { decoded } from '../../support/decoded-block.ts';
import { integer, remembered } from '../../support/hpack.ts';

const MIB = 1024 * 1024;

/** Octets that are still held of what was made. */
function held(make: () => unknown): number {
  collectGarbage();
  const before = process.memoryUsage();
  const made = make();
  collectGarbage();
  const after = process.memoryUsage();
  assert.notEqual(made, null);
  return after.heapUsed + after.external - before.heapUsed - before.external;
}

test('a decoder of an idle connection holds less than half a kilobyte', () => {
  const octets = held(() => Array.from({ length: 10_000 }, () => new HpackDecoder()));
  assert.ok(octets < 10_000 * 512, `${octets} octets`);
});

test('a decoder whose table was emptied holds no more', () => {
  const block = Buffer.concat([remembered('x', 'v'.repeat(1000)), remembered('y', 'v'.repeat(1000))]);
  const empty = Buffer.concat([integer(0, 5, 0x20), integer(4096, 5, 0x20)]);
  const octets = held(() =>
    Array.from({ length: 10_000 }, () => {
      const decoder = new HpackDecoder();
      decoded(decoder, block);
      decoded(decoder, empty);
      return decoder;
    }),
  );
  assert.ok(octets < 10_000 * 512, `${octets} octets`);
});

test('a name that is remembered holds nothing of the head that it stood in', () => {
  const octets = held(() => {
    for (let at = 0; at < 200; at++) {
      const head = Buffer.from(`X-Made-Up-By-Somebody-${at}: ${'v'.repeat(MIB)}`).toString('latin1');
      encodeField(head.slice(0, head.indexOf(':')), 'a', false);
    }
  });
  assert.ok(octets < 20 * MIB, `${octets} octets`);
});
