import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { HpackDecoder } from '../../../src/http/hpack/decoder.ts';
import { decoded, hex } from '../../support/decoded-block.ts';
import { indexed } from '../../support/hpack.ts';

interface Example {
  readonly block: string;
  /** A field a line. */
  readonly fields: readonly string[];
  /** The dynamic table afterwards, the newest first. */
  readonly table: readonly string[];
  readonly size: number;
}

const FIRST_DYNAMIC = 62;

/** One after the other on one connection. */
function checkInOrder(examples: readonly Example[], maxTableSize: number): void {
  const decoder = new HpackDecoder(maxTableSize);
  for (const { block, fields, table, size } of examples) {
    assert.deepEqual(lines(decoder, hex(block)), fields);
    assert.equal(decoder.tableSize, size);
    assert.equal(decoder.tableCount, table.length);
    const all = Buffer.concat(table.map((_, place) => indexed(FIRST_DYNAMIC + place)));
    assert.deepEqual(lines(decoder, all), table);
  }
}

function lines(decoder: HpackDecoder, block: Buffer): string[] | null {
  return decoded(decoder, block)?.map(([name, value]) => `${name}: ${value}`) ?? null;
}

const AUTHORITY = ':authority: www.example.com';
const REQUEST = [':method: GET', ':scheme: http', ':path: /', AUTHORITY];
const NO_CACHE = 'cache-control: no-cache';
const CUSTOM = 'custom-key: custom-value';
const REQUESTS = [
  { fields: REQUEST, table: [AUTHORITY], size: 57 },
  { fields: [...REQUEST, NO_CACHE], table: [NO_CACHE, AUTHORITY], size: 110 },
  {
    fields: [':method: GET', ':scheme: https', ':path: /index.html', AUTHORITY, CUSTOM],
    table: [CUSTOM, NO_CACHE, AUTHORITY],
    size: 164,
  },
];

const PRIVATE = 'cache-control: private';
const DATE_21 = 'date: Mon, 21 Oct 2013 20:13:21 GMT';
const DATE_22 = 'date: Mon, 21 Oct 2013 20:13:22 GMT';
const LOCATION = 'location: https://www.example.com';
const GZIP = 'content-encoding: gzip';
const COOKIE = 'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const RESPONSES = [
  {
    fields: [':status: 302', PRIVATE, DATE_21, LOCATION],
    table: [LOCATION, DATE_21, PRIVATE, ':status: 302'],
    size: 222,
  },
  {
    fields: [':status: 307', PRIVATE, DATE_21, LOCATION],
    table: [':status: 307', LOCATION, DATE_21, PRIVATE],
    size: 222,
  },
  {
    fields: [':status: 200', PRIVATE, DATE_22, LOCATION, GZIP, COOKIE],
    table: [COOKIE, GZIP, DATE_22],
    size: 215,
  },
];

function withBlocks(blocks: readonly string[], rest: readonly Omit<Example, 'block'>[]): Example[] {
  return rest.map((example, at) => ({ ...example, block: blocks[at]! }));
}

describe('RFC 7541 Appendix C', () => {
  test('C.1 integers', () => {
    const decoder = new HpackDecoder();
    const entry = '40 01 61 01 62';
    assert.deepEqual(lines(decoder, hex(`3f 9a0a ${entry} be`)), ['a: b', 'a: b']);
    assert.equal(decoder.tableSize, 34);
    // A table of 10 octets holds nothing.
    assert.deepEqual(lines(decoder, hex(`2a ${entry}`)), ['a: b']);
    assert.equal(decoder.tableSize, 0);
  });

  test('C.2.1 a literal with indexing', () => {
    const block = '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572';
    const field = 'custom-key: custom-header';
    checkInOrder([{ block, fields: [field], table: [field], size: 55 }], 4096);
  });

  test('C.2.2 a literal without indexing', () => {
    const block = '040c 2f73 616d 706c 652f 7061 7468';
    checkInOrder([{ block, fields: [':path: /sample/path'], table: [], size: 0 }], 4096);
  });

  test('C.2.3 a literal never indexed', () => {
    const decoder = new HpackDecoder();
    const fields = decoded(decoder, hex('1008 7061 7373 776f 7264 0673 6563 7265 74'));
    assert.deepEqual(fields, [['password', 'secret', true]]);
    assert.equal(decoder.tableCount, 0);
  });

  test('C.2.4 an indexed field', () => {
    checkInOrder([{ block: '82', fields: [':method: GET'], table: [], size: 0 }], 4096);
  });

  test('C.3 requests without Huffman code', () => {
    const blocks = [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ];
    checkInOrder(withBlocks(blocks, REQUESTS), 4096);
  });

  test('C.4 requests with Huffman code', () => {
    const blocks = [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ];
    checkInOrder(withBlocks(blocks, REQUESTS), 4096);
  });

  test('C.5 responses without Huffman code, from a table of 256 octets', () => {
    const blocks = [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
       3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      '4803 3330 37c1 c0bf',
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
       7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
       6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
    ];
    checkInOrder(withBlocks(blocks, RESPONSES), 256);
  });

  test('C.6 responses with Huffman code, from a table of 256 octets', () => {
    const blocks = [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
       1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      '4883 640e ffc1 c0bf',
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
       e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ];
    checkInOrder(withBlocks(blocks, RESPONSES), 256);
  });
});
