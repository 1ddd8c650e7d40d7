import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { huffman } from '../../../src/http/hpack/huffman.ts';
import { EOS, HUFFMAN_CODES, huffmanBits, packed } from '../../support/huffman.ts';

/** `null` when it is refused. */
function decode(bytes: Buffer): string | null {
  const length = huffman.decode(bytes, 0, bytes.length);
  return length < 0 ? null : huffman.bytes.toString('latin1', 0, length);
}

const EVERY_CHAR = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

describe('a string in Huffman code', () => {
  test('may hold any octet behind any other', () => {
    for (const first of EVERY_CHAR) {
      const text = EVERY_CHAR.map((second) => first + second).join('');
      assert.equal(decode(packed(huffmanBits(text))), text);
    }
  });

  test('ends with up to seven ones, and not with eight', () => {
    const texts = EVERY_CHAR.flatMap((char) => [char, `a${char}`, ` ${char}`, `a ${char}`]);
    const paddings = new Set<number>();
    for (const text of texts) {
      const bytes = packed(huffmanBits(text));
      paddings.add(bytes.length * 8 - huffmanBits(text).length);
      assert.equal(decode(bytes), text);
      assert.equal(decode(Buffer.concat([bytes, Buffer.from([0xff])])), null);
    }
    assert.equal(paddings.size, 8);
  });

  test('is refused when any bit of its padding is a zero', () => {
    for (const char of EVERY_CHAR) {
      const bits = huffmanBits(char);
      const bytes = packed(bits);
      const padding = bytes.length * 8 - bits.length;
      for (let bit = 0; bit < padding; bit++) {
        const broken = Buffer.from(bytes);
        broken[broken.length - 1]! ^= 1 << bit;
        // Five bits and more could be a symbol of their own.
        if (padding < 5) assert.equal(decode(broken), null, `${JSON.stringify(char)} bit ${bit}`);
        else assert.notEqual(decode(broken), char);
      }
    }
  });

  test('is refused when it holds EOS, wherever that begins in an octet', () => {
    for (const before of EVERY_CHAR) {
      assert.equal(decode(packed(huffmanBits(before) + HUFFMAN_CODES[EOS] + huffmanBits('aaaaaaaa'))), null);
      assert.equal(decode(packed(huffmanBits(before) + HUFFMAN_CODES[EOS])), null);
    }
  });

  test('may be long, and leaves nothing to the next', () => {
    const long = 'a'.repeat(200_000) + EVERY_CHAR.join('');
    assert.equal(decode(packed(huffmanBits(long))), long);
    assert.equal(decode(packed(huffmanBits('b'))), 'b');
    assert.equal(decode(Buffer.alloc(0)), '');
  });
});
