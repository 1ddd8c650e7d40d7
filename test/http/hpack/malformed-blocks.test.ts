import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { HpackDecoder } from '../../../src/http/hpack/decoder.ts';
import { decoded, hex } from '../../support/decoded-block.ts';

/** Each in two: what is refused, and beside it what just is not. */
const ROWS: readonly { readonly fault: string; readonly refused: string; readonly taken: string }[] = [
  { fault: 'index 0', refused: '80', taken: '81' },
  { fault: 'an index behind the static table when nothing else is', refused: 'be', taken: 'bd' },
  { fault: 'an index behind the only entry', refused: '4001610162 bf', taken: '4001610162 be' },
  { fault: 'an index far behind the tables', refused: 'ffff7f', taken: '82' },
  { fault: 'a name behind the tables, to be inserted', refused: '7e 0162', taken: '7d 0162' },
  { fault: 'a name behind the tables, not to be indexed', refused: '0f2f 0162', taken: '0f2e 0162' },
  { fault: 'a name behind the tables, never to be indexed', refused: '1f2f 0162', taken: '1f2e 0162' },
  { fault: 'an index of six octets and more', refused: 'ff808080808000', taken: '83' },
  { fault: 'an index of 2^28 and more', refused: 'ff8080808001', taken: 'bd' },
  { fault: 'an index that 32 bits would take for a smaller one', refused: 'ff8280808010', taken: '82' },
  { fault: 'an index of endless octets', refused: `ff${'80'.repeat(40)}00`, taken: '82' },
  { fault: 'an index with too many zeros', refused: '1f808080808000 00', taken: '1f8080808000 00' },
  { fault: 'a length of 2^28 and more', refused: '0001617f8180808010 62', taken: '00016101 62' },
  { fault: 'a length with too many zeros', refused: '0001617f8080808080 00', taken: '000161 00' },
  { fault: 'a table size of 2^28 and more', refused: '3f8080808010', taken: '3fe11f' },
  { fault: 'a name longer than the block', refused: '00 0361', taken: '00 0161 00' },
  { fault: 'a value longer than the block', refused: '000161 0362', taken: '000161 0162' },
  { fault: 'a value longer than the block, in Huffman code', refused: '000161 821f', taken: '000161 811f' },
  { fault: 'no value', refused: '000161', taken: '00016100' },
  { fault: 'no name', refused: '00', taken: '000161 00' },
  { fault: 'EOS alone', refused: '000161 84ffffffff', taken: '000161 84fffffffb' },
  { fault: 'EOS among symbols', refused: '000161 861fffffffff1f', taken: '000161 821f1f' },
  { fault: 'EOS in a name', refused: '00 84ffffffff 0161', taken: '00 811f 0161' },
  { fault: 'padding of eight bits', refused: '000161 82f8ff', taken: '000161 81f8' },
  { fault: 'padding of eight bits and nothing else', refused: '000161 81ff', taken: '000161 80' },
  { fault: 'padding of more than eight bits', refused: '000161 821fff', taken: '000161 811f' },
  { fault: 'padding of a zero', refused: '000161 811e', taken: '000161 811f' },
  { fault: 'padding that is a zero in its last bit', refused: '000161 831ca57e', taken: '000161 831ca57f' },
  { fault: 'padding that begins with a zero', refused: '000161 811b', taken: '000161 811f' },
  { fault: 'padding of a name with a zero', refused: '00 811e 00', taken: '00 811f 00' },
  { fault: 'a table larger than was promised', refused: '3fe21f', taken: '3fe11f' },
  { fault: 'a size update behind a field', refused: '82 20', taken: '20 82' },
  { fault: 'a size update between literals', refused: '000161016220000161 0162', taken: '20 000161 0162' },
  { fault: 'a third size update', refused: '202020', taken: '203fe11f' },
  { fault: 'half a size update', refused: '3fe1', taken: '3fe11f' },
];

describe('a malformed block is refused, and what is only just well-formed is taken', () => {
  for (const { fault, refused, taken } of ROWS) {
    test(fault, () => {
      assert.equal(decoded(new HpackDecoder(), hex(refused)), null);
      assert.notEqual(decoded(new HpackDecoder(), hex(taken)), null);
    });
  }
});

describe('a decoder out of step with its peer', () => {
  test('takes nothing any more', () => {
    const decoder = new HpackDecoder();
    assert.equal(decoded(decoder, hex('80')), null);
    assert.equal(decoded(decoder, hex('82')), null);
  });

  test('is one whose sink threw halfway, too', () => {
    const decoder = new HpackDecoder();
    const sink = {
      field() {
        throw new Error('enough');
      },
    };
    assert.throws(() => decoder.decode(hex('8286'), 0, 2, sink), /enough/);
    assert.equal(decoded(decoder, hex('82')), null);
  });
});

test('an empty block has no fields', () => {
  assert.deepEqual(decoded(new HpackDecoder(), Buffer.alloc(0)), []);
});

test('random octets are taken or refused, and throw nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder();
      let wasRefused = false;
      for (const block of blocks) {
        const isRefused = decoded(decoder, Buffer.from(block)) === null;
        assert.ok(isRefused || !wasRefused);
        wasRefused = isRefused;
      }
    }),
    { numRuns: 2000 },
  );
});
