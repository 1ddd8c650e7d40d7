import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { HpackDecoder } from '../../../src/http/hpack/decoder.ts';
import { decoded, decodedFields } from '../../support/decoded-block.ts';
import { indexed, integer, remembered } from '../../support/hpack.ts';

const NEWEST = 62;

function resize(size: number): Buffer {
  return integer(size, 5, 0x20);
}

/** The values of the table, the newest first. */
function values(decoder: HpackDecoder): string[] {
  const all = Array.from({ length: decoder.tableCount }, (_, place) => indexed(NEWEST + place));
  return decoded(decoder, Buffer.concat(all))!.map(([, value]) => value);
}

function remember(decoder: HpackDecoder, ...entries: readonly string[]): void {
  const block = Buffer.concat(entries.map((value) => remembered('x', value)));
  assert.equal(decoded(decoder, block)?.length, entries.length);
}

describe('the dynamic table', () => {
  test('of no size keeps nothing', () => {
    const decoder = new HpackDecoder(0);
    remember(decoder, 'a');
    assert.deepEqual([decoder.tableSize, decoder.tableCount], [0, 0]);
    assert.equal(decoded(decoder, indexed(NEWEST)), null);
  });

  test('keeps an entry that just fits', () => {
    const decoder = new HpackDecoder(34);
    remember(decoder, 'a');
    assert.deepEqual(values(decoder), ['a']);
    assert.equal(decoder.tableSize, 34);
  });

  test('is emptied by an entry one octet too large, which is no error', () => {
    const decoder = new HpackDecoder(34);
    remember(decoder, 'a', 'bb');
    assert.equal(decoder.tableCount, 0);
    remember(decoder, 'c');
    assert.deepEqual(values(decoder), ['c']);
  });

  test('evicts the oldest, as many as make room', () => {
    const decoder = new HpackDecoder(3 * 34);
    remember(decoder, 'a', 'b', 'c', 'd');
    assert.deepEqual(values(decoder), ['d', 'c', 'b']);
    remember(decoder, 'e'.repeat(2));
    assert.deepEqual(values(decoder), ['ee', 'd']);
  });

  test('takes the name for a new entry from one that the new entry evicts', () => {
    const decoder = new HpackDecoder(40);
    const again = Buffer.concat([integer(NEWEST, 6, 0x40), Buffer.from([1]), Buffer.from('b')]);
    assert.deepEqual(decoded(decoder, Buffer.concat([remembered('name', 'a'), again, indexed(NEWEST)])), [
      ['name', 'a', false],
      ['name', 'b', false],
      ['name', 'b', false],
    ]);
  });

  test('grows and wraps around without losing its order', () => {
    const decoder = new HpackDecoder(20 * 36);
    const entries = Array.from({ length: 100 }, (_, at) => String(100 + at));
    for (const [at, value] of entries.entries()) {
      remember(decoder, value);
      const kept = entries.slice(Math.max(0, at - 19), at + 1);
      assert.deepEqual(values(decoder), kept.toReversed());
    }
  });

  test('shrinks at once, and grows again empty', () => {
    const decoder = new HpackDecoder();
    remember(decoder, 'a', 'b', 'c');
    assert.deepEqual(decoded(decoder, resize(2 * 34)), []);
    assert.deepEqual(values(decoder), ['c', 'b']);
    assert.deepEqual(decoded(decoder, Buffer.concat([resize(0), resize(4096)])), []);
    assert.equal(decoder.tableCount, 0);
    remember(decoder, 'd', 'e');
    assert.deepEqual(values(decoder), ['e', 'd']);
  });

  test('has 4096 octets until the peer says that it uses more', () => {
    const decoder = new HpackDecoder(10_000);
    const large = 'v'.repeat(3000);
    remember(decoder, large, large);
    assert.equal(decoder.tableCount, 1);
    assert.deepEqual(decoded(decoder, resize(10_000)), []);
    remember(decoder, large, large);
    assert.equal(decoder.tableCount, 3);
  });

  test('never keeps what is sensitive', () => {
    const decoder = new HpackDecoder();
    const never = Buffer.concat([Buffer.from([0x10]), remembered('x', 'a').subarray(1)]);
    assert.deepEqual(decoded(decoder, never), [['x', 'a', true]]);
    assert.equal(decoder.tableCount, 0);
  });

  test('hands out the very entry, and its name to literals', () => {
    const decoder = new HpackDecoder();
    const literal = Buffer.concat([integer(NEWEST, 4, 0), Buffer.from([1]), Buffer.from('b')]);
    const block = Buffer.concat([remembered('x', 'a'), indexed(NEWEST), literal]);
    const [first, second, third] = decodedFields(decoder, block)!;
    assert.equal(first, second);
    assert.equal(first!.name, third!.name);
  });
});
