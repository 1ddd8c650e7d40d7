import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { HpackDecoder } from '../../../src/http/hpack/decoder.ts';
import { decoded } from '../../support/decoded-block.ts';
import {
  type Block,
  decodeBlock,
  encodeBlock,
  type ModelField,
  ModelTable,
} from '../../support/hpack-model.ts';

const DEFAULT_SIZE = 4096;

const anyText = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const longText = fc
  .tuple(
    fc.constantFrom('a', 'Z', '\0', '\xff', 'e~'),
    fc.constantFrom(62, 126, 127, 128, 200, 254, 255, 5000),
  )
  .map(([text, times]) => text.repeat(times));
const name = fc.oneof(
  { weight: 3, arbitrary: fc.nat() },
  { weight: 2, arbitrary: fc.constantFrom('x-a', 'x-b', 'cookie') },
  { weight: 1, arbitrary: anyText },
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('indexed' as const), pick: fc.nat() }),
  fc.record({
    kind: fc.constant('literal' as const),
    mode: fc.constantFrom('inserted', 'inserted', 'not indexed', 'never indexed'),
    name,
    value: fc.oneof({ weight: 9, arbitrary: anyText }, { weight: 1, arbitrary: longText }),
    huffman: fc.boolean(),
  }),
);

/** Blocks of one connection, whose table may be this large. */
const connection = fc.constantFrom(0, 32, 33, 100, 1000, 4096, 10_000).chain((maxSize) =>
  fc.record({
    maxSize: fc.constant(maxSize),
    blocks: fc.array(
      fc.record({
        sizes: fc.oneof(
          { weight: 3, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: fc.array(fc.nat(maxSize), { maxLength: 2 }) },
        ),
        steps: fc.array(step, { maxLength: 12 }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
);

function table(maxSize: number): ModelTable {
  return new ModelTable(Math.min(maxSize, DEFAULT_SIZE));
}

/** What each block is as an encoder says it. */
function encoded(maxSize: number, blocks: readonly Block[]) {
  const own = table(maxSize);
  return blocks.map((block) => encodeBlock(own, block));
}

/** `null` where the model refuses it. */
function modelled(own: ModelTable, maxSize: number, block: Buffer): ModelField[] | null {
  try {
    return decodeBlock(own, maxSize, block);
  } catch {
    return null;
  }
}

/** Both read these blocks, up to the first that is refused. */
function checkAlike(maxSize: number, blocks: readonly Buffer[]): void {
  const decoder = new HpackDecoder(maxSize);
  const own = table(maxSize);
  for (const block of blocks) {
    const expected = modelled(own, maxSize, block);
    assert.deepEqual(decoded(decoder, block), expected);
    if (expected === null) return;
    assert.deepEqual([decoder.tableSize, decoder.tableCount], [own.size, own.count]);
  }
}

describe('blocks of whatever representations', () => {
  test('are decoded to what was encoded, with the table that the encoder has', () => {
    fc.assert(
      fc.property(connection, ({ maxSize, blocks }) => {
        const own = table(maxSize);
        const decoder = new HpackDecoder(maxSize);
        for (const block of blocks) {
          const { bytes, fields } = encodeBlock(own, block);
          assert.deepEqual(decoded(decoder, bytes), fields);
          assert.deepEqual([decoder.tableSize, decoder.tableCount], [own.size, own.count]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('are decoded as the model decodes them', () => {
    fc.assert(
      fc.property(connection, ({ maxSize, blocks }) => {
        const pieces = encoded(maxSize, blocks).map(({ bytes }) => bytes);
        checkAlike(maxSize, pieces);
      }),
      { numRuns: 200 },
    );
  });

  test('with some octets changed are taken or refused as the model does it', () => {
    const changes = fc.array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(connection, changes, ({ maxSize, blocks }, changed) => {
        const pieces = encoded(maxSize, blocks).map(({ bytes }) => bytes);
        for (const { at, to } of changed) {
          const piece = pieces[at % pieces.length]!;
          if (piece.length > 0) piece[Math.floor(at / 8) % piece.length] = to;
        }
        checkAlike(maxSize, pieces);
      }),
      { numRuns: 1000 },
    );
  });

  test('cut off anywhere are taken or refused as the model does it', () => {
    const one = fc.array(step, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(one, (steps) => {
        const { bytes } = encodeBlock(table(DEFAULT_SIZE), { sizes: [100, 4096], steps });
        for (let end = 0; end < Math.min(bytes.length, 300); end++) {
          checkAlike(DEFAULT_SIZE, [bytes.subarray(0, end)]);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('made up of octets that mean something are taken or refused as the model does it', () => {
    const octet = fc.constantFrom(
      ...[0x00, 0x01, 0x03, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x61, 0x7f, 0x80, 0x81, 0x82, 0xbe, 0xff],
    );
    const octets = fc.array(fc.oneof(octet, octet, fc.nat(255)), { maxLength: 24 });
    fc.assert(
      fc.property(fc.array(octets, { minLength: 1, maxLength: 3 }), (blocks) => {
        checkAlike(
          DEFAULT_SIZE,
          blocks.map((block) => Buffer.from(block)),
        );
      }),
      { numRuns: 5000 },
    );
  });
});
