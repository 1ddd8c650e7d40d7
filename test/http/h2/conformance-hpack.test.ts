import assert from 'node:assert/strict';
import { describe } from 'vitest';
import { encode, type Fields, indexed, integer, remembered } from '../../support/hpack.ts';
import { CASE, Conformance, ends, type Row, SERVED } from '../../support/http2-conformance.ts';
import { huffmanBits, packed } from '../../support/huffman.ts';
import { valuesOf } from '../../support/raw-http.ts';
import { asking, headers, SETTING, settings } from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

/** Of the tables at first: RFC 7541 Appendix A, and RFC 9113 §6.5.2. */
const STATIC_ENTRIES = 61;
const TABLE_BYTES = 4096;
const HEAD = encode(asking({ ':path': '/case' }));
const COMPRESSION = ends('COMPRESSION_ERROR');

const resize = (bytes: number): Buffer => integer(bytes, 5, 0x20);
/** In Huffman’s code, with these bits behind it. */
function huffman(value: string, padding = ''): Buffer {
  const bytes = packed(huffmanBits(value) + padding);
  return Buffer.concat([integer(bytes.length, 7, 0x80), bytes]);
}

const raw = (...bytes: number[]): Buffer => Buffer.from(bytes);
/** `x: ` and a value as it stands here. */
const x = (value: Buffer): Buffer => Buffer.concat([raw(0, 1, 0x78), value]);
const ask = (...parts: Buffer[]): Buffer => headers(CASE, Buffer.concat(parts));

const bad = (clause: string, name: string, ...parts: Buffer[]): Row => ({
  clause: `RFC 7541 ${clause}`,
  name: `${name} ends the connection`,
  says: [ask(...parts)],
  outcome: COMPRESSION,
});

const wrong: Row[] = [
  bad('§6.1', 'the index 0', HEAD, indexed(0)),
  bad('§2.3.3', 'the first index beyond an empty dynamic table', HEAD, indexed(STATIC_ENTRIES + 1)),
  bad('§2.3.3', 'an index far beyond', HEAD, indexed(2 ** 31)),
  bad(
    '§2.3.3',
    'a name by an index beyond the tables',
    HEAD,
    integer(STATIC_ENTRIES + 1, 4, 0),
    raw(1, 0x31),
  ),
  bad('§2.3.3', 'a name to be kept by an index beyond the tables', HEAD, integer(99, 6, 0x40), raw(1, 0x31)),
  bad('§5.1', 'an integer that goes on for ever', HEAD, raw(0xff, ...Array<number>(20).fill(0xff), 0x7f)),
  bad(
    '§5.1',
    'an integer of zeros that goes on for long',
    HEAD,
    raw(0xff, ...Array<number>(300).fill(0x80), 0),
  ),
  bad('§5.1', 'an integer cut off', HEAD, raw(0xff)),
  bad('§5.1', 'an integer cut off later', HEAD, raw(0xff, 0x80)),
  bad('§5.2', 'a value cut off', HEAD, raw(0, 1, 0x78, 5, 0x61)),
  bad('§5.2', 'a name cut off', HEAD, raw(0, 5, 0x78)),
  bad('§5.2', 'a name without a value', HEAD, raw(0, 1, 0x78)),
  bad('§5.2', 'a literal without a name', HEAD, raw(0)),
  bad('§5.2', 'a length beyond 2^32', HEAD, raw(0, 1, 0x78, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f)),
  bad('§5.2', 'Huffman’s padding with zeros', HEAD, x(huffman('aaa', '0'))),
  bad('§5.2', 'Huffman’s padding with a zero in it', HEAD, x(huffman('aa', '111101'))),
  bad('§5.2', 'Huffman’s padding of a byte too many', HEAD, x(huffman('aaaaaaaa', '11111111'))),
  bad('§5.2', 'Huffman’s padding and nothing else', HEAD, x(raw(0x81, 0xff))),
  bad('§5.2', 'Huffman’s end of the string', HEAD, x(raw(0x84, 0xff, 0xff, 0xff, 0xff))),
  bad('§5.2', 'Huffman’s end of the string behind others', HEAD, x(raw(0x85, 0x18, 0xff, 0xff, 0xff, 0xff))),
  bad('§5.2', 'Huffman’s code of a name cut off', HEAD, raw(0, 0x81, 0xfe, 1, 0x31)),
  bad('§6.3', 'a table larger than was allowed', resize(TABLE_BYTES + 1), HEAD),
  bad('§6.3', 'a table of 2^31', resize(2 ** 31), HEAD),
  bad('§4.2', 'a change of the table behind a field', HEAD, resize(0)),
  bad('§4.2', 'a change of the table between fields', encode([[':method', 'GET']]), resize(0), HEAD),
  bad('§4.2', 'what was in the table before it was emptied', remembered('x', '1'), resize(0), HEAD),
  bad('§4.4', 'an entry that was driven out', HEAD, remembered('x', '1'), big('y', 4040), indexed(63)),
  bad(
    '§4.4',
    'an entry that fits into no table, which empties it',
    HEAD,
    remembered('x', '1'),
    big('y', 5000),
    indexed(62),
  ),
].map((row) => ({ ...row, tls: true }));

/** An entry with a value of this length. */
function big(name: string, length: number): Buffer {
  return remembered(name, 'v'.repeat(length));
}

const good = (clause: string, name: string, sent: Fields, ...parts: Buffer[]): Row => ({
  clause: `RFC 7541 ${clause}`,
  name,
  says: [ask(...parts)],
  outcome: SERVED,
  also: (_, requests) => {
    for (const [field] of sent) {
      const values = sent.filter(([other]) => other === field).map(([, value]) => value);
      assert.deepEqual(valuesOf(requests[0]!, field), values);
    }
  },
});

const every = Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i))
  .join('')
  .trim();
const obsText = Array.from({ length: 128 }, (_, i) => String.fromCharCode(0x80 + i)).join('');

const right: Row[] = [
  good(
    'Appendix A',
    'entries of the static table',
    [['accept-encoding', 'gzip, deflate']],
    encode([
      [':path', '/case'],
      [':authority', 'app.test'],
    ]),
    indexed(2),
    indexed(6),
    indexed(16),
  ),
  good(
    'Appendix A',
    'names of the static table',
    [
      ['user-agent', 'me'],
      ['via', 'x'],
    ],
    HEAD,
    raw(0x0f, 58 - 15, 2),
    Buffer.from('me'),
    raw(0x0f, 60 - 15, 1),
    Buffer.from('x'),
  ),
  good('§5.2', 'Huffman’s code of all of ASCII', [['x', every]], HEAD, x(huffman(every))),
  good('§5.2', 'Huffman’s code of all bytes beyond', [['x', obsText]], HEAD, x(huffman(obsText))),
  good('§5.2', 'Huffman’s code of nothing', [['x', '']], HEAD, x(raw(0x80))),
  good('§5.2', 'Huffman’s code in a name', [['x-own', '1']], HEAD, raw(0), huffman('x-own'), raw(1, 0x31)),
  good('§5.1', 'an integer with zeros behind it', [['x', 'y']], HEAD, raw(0, 1, 0x78, 0x01, 0x79)),
  good(
    '§5.1',
    'a length in more bytes than it needs',
    [['x', 'y'.repeat(127)]],
    HEAD,
    raw(0, 1, 0x78, 0x7f, 0x80, 0x80, 0),
    Buffer.alloc(127, 'y'),
  ),
  good('§6.2.3', 'a literal that is never to be kept', [['x', 'y']], HEAD, raw(0x10, 1, 0x78, 1, 0x79)),
  good(
    '§6.2.1',
    'what is kept, by index and by name',
    [
      ['x', '1'],
      ['x', '1'],
      ['x', '2'],
    ],
    HEAD,
    remembered('x', '1'),
    indexed(62),
    integer(62, 4, 0),
    raw(1, 0x32),
  ),
  good(
    '§2.3.2',
    'the latest first',
    [
      ['a', '1'],
      ['b', '2'],
      ['a', '1'],
      ['b', '2'],
    ],
    HEAD,
    remembered('a', '1'),
    remembered('b', '2'),
    indexed(63),
    indexed(62),
  ),
  good(
    '§2.3.2',
    'what is there twice',
    [
      ['a', '1'],
      ['a', '1'],
      ['a', '1'],
    ],
    HEAD,
    remembered('a', '1'),
    remembered('a', '1'),
    indexed(63),
  ),
  good(
    '§4.4',
    'an entry whose name is that of one driven out by it',
    [['x-own', 'y'.repeat(3000)]],
    HEAD,
    remembered('x-own', 'y'.repeat(3000)).subarray(0, 0),
    remembered('x-own', 'y'.repeat(3000)),
  ),
  good(
    '§4.4',
    'an entry that just fits',
    [
      ['x', 'v'.repeat(TABLE_BYTES - 33)],
      ['x', 'v'.repeat(TABLE_BYTES - 33)],
    ],
    HEAD,
    big('x', TABLE_BYTES - 33),
    indexed(62),
  ),
  good(
    '§4.2',
    'a smaller table',
    [
      ['x', '1'],
      ['x', '1'],
    ],
    resize(100),
    HEAD,
    remembered('x', '1'),
    indexed(62),
  ),
  good('§4.2', 'a table of nothing', [['x', '1']], resize(0), HEAD, remembered('x', '1')),
  good(
    '§4.2',
    'a table made small and large again',
    [
      ['x', '1'],
      ['x', '1'],
    ],
    resize(0),
    resize(TABLE_BYTES),
    HEAD,
    remembered('x', '1'),
    indexed(62),
  ),
  good(
    '§6.3',
    'a table said in more bytes than it needs',
    [['x', '1']],
    raw(0x3f, 0xe1, 0x9f, 0x80, 0),
    HEAD,
    remembered('x', '1'),
  ),
];

describe('RFC 7541 from a client:', () => {
  conformance.run(wrong);
  conformance.run(right);
  conformance.run([
    {
      clause: 'RFC 7541 §4.2',
      name: 'the router obeys when its own table must be none',
      says: [settings([SETTING.headerTableSize, 0]), ask(HEAD)],
      outcome: SERVED,
    },
    {
      clause: 'RFC 7541 §4.2',
      name: 'the router obeys when its own table is made none and then large',
      says: [settings([SETTING.headerTableSize, 0]), settings([SETTING.headerTableSize, 65_536]), ask(HEAD)],
      outcome: SERVED,
    },
  ]);
});
