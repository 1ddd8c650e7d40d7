import type { Fields } from '../../test/support/hpack.ts';
import { END_STREAM, SETTING, TYPE } from '../../test/support/raw-http2.ts';
import type { Random } from '../random.ts';
import type { Message } from './message.ts';
import type { BlockPart, Part } from './part.ts';

/** HPACK that stands before a block, most of it wrong (RFC 7541). */
const PREFIXES = [
  ...['\x20', '\x3f\xe1\x1f', '\x3f\xe1\xff\x03', '\x80', '\xbe', '\xff\xff\xff\xff\xff\x0f', '\x82', '\x88'],
  ...['\x00\x85\xff\xff\xff\xff\xff\x01a', '\x40\x01a\x01b', '\x0f\x80', '\x20\x20\x20', '\x00\x00\x00'],
];
/** What is cut off, or read beyond the end. */
const SUFFIXES = ['\x00', '\x40\x0a', '\x00\x01a\x7f', '\xff', '\x00\x01a\x81\xff', '\x3f\xe1\x1f'];

/** A message as HTTP/2 frames it, on stream 1. */
export function asFrames(message: Message, wild: boolean, random: Random): Part[] {
  const { interim, head, body, trailers } = message;
  const block = (fields: Fields, flags: number) =>
    wild ? blockOf(fields, flags, random) : plainBlock(fields, flags);
  const parts: Part[] = interim.map((fields) => block(fields, 0));
  const ends = wild ? endOf(random) : 'in time';
  const bare = body.length === 0 && trailers === null;
  parts.push(block(head, ends === 'early' || (bare && ends === 'in time') ? END_STREAM : 0));
  body.forEach((payload, i) => {
    const last = i === body.length - 1 && trailers === null && ends === 'in time';
    parts.push({ kind: 'frame', type: TYPE.data, flags: last ? END_STREAM : 0, stream: 1, payload });
  });
  if (trailers !== null) parts.push(block(trailers, ends === 'in time' ? END_STREAM : 0));
  if (ends === 'late') {
    parts.push({ kind: 'frame', type: TYPE.data, flags: END_STREAM, stream: 1, payload: '' });
  }
  return parts;
}

function endOf(random: Random): 'in time' | 'early' | 'late' | 'never' {
  return random.oneIn(8) ? random.pick(['early', 'late', 'never']) : 'in time';
}

export function blockOf(fields: Fields, flags: number, random: Random): BlockPart {
  const plain = plainBlock(fields, flags);
  if (!random.oneIn(16)) return plain;
  switch (random.below(6)) {
    case 0:
      return { ...plain, prefix: random.pick(PREFIXES) };
    case 1:
      return { ...plain, suffix: random.pick(SUFFIXES) };
    case 2:
      return { ...plain, cut: 1 + random.below(40) };
    case 3:
      return { ...plain, remembers: true };
    case 4:
      // PRIORITY, of which a stream may depend on itself; or PADDED, more or less than there is.
      return random.oneIn(2)
        ? { ...plain, flags: flags | 0x20, before: `\0\0\0${random.pick(['\0', '\x01', '\x03'])}\x10` }
        : { ...plain, flags: flags | 0x8, before: random.pick(['\0', '\x01', '\xff', '']) };
    default:
      return { ...plain, open: true };
  }
}

function plainBlock(fields: Fields, flags: number): BlockPart {
  return { kind: 'block', type: TYPE.headers, flags, stream: 1, fields };
}

/** What a side that speaks HTTP/2 begins with; a dynamic table of no size, so that all can be read without one. */
export function greeting(preface: string, wild: boolean, random: Random): Part[] {
  const own: [number, number][] = [[SETTING.headerTableSize, 0]];
  if (wild && random.oneIn(16)) own.push(...oddSettings(random));
  const first: Part = { kind: 'frame', type: TYPE.settings, flags: 0, stream: 0, payload: settingsText(own) };
  if (wild && random.oneIn(40)) return [{ kind: 'bytes', text: preface }];
  return preface === '' ? [first] : [{ kind: 'bytes', text: preface }, first];
}

const SETTING_VALUES = [
  0,
  1,
  2,
  100,
  4096,
  16_383,
  16_384,
  65_535,
  2 ** 24 - 1,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
];

export function oddSettings(random: Random): [number, number][] {
  return Array.from({ length: random.oneIn(10) ? 40 : 1 + random.below(3) }, () => [
    random.oneIn(6) ? random.below(65_536) : random.below(10),
    random.oneIn(6) ? 2 ** 32 - 1 : random.pick(SETTING_VALUES),
  ]);
}

export function settingsText(pairs: readonly (readonly [id: number, value: number])[]): string {
  return pairs.map(([id, value]) => uint16Text(id) + uint32Text(value)).join('');
}

export function uint32Text(value: number): string {
  return uint16Text(Math.floor(value / 65_536)) + uint16Text(value % 65_536);
}

function uint16Text(value: number): string {
  return String.fromCharCode(value >>> 8, value & 255);
}
