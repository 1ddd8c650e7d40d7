import { encodeBlock, ModelTable, type Step } from '../../test/support/hpack-model.ts';
import { END_STREAM, PADDED, TYPE } from '../../test/support/raw-http2.ts';
import { uint32Text } from '../crossing/as-frames.ts';
import type { BlockPart, FramePart, Part } from '../crossing/part.ts';
import type { Random } from '../random.ts';

const TABLE_BYTES = 4096;
const HAS_PRIORITY = 0x20;
const PRIORITY_UPDATE = 0x10;
const MOST_CONTINUATIONS = 6;
const MODES = ['inserted', 'inserted', 'not indexed', 'never indexed'] as const;

/** The same said in other frames, which mean the same to everybody: padding, pieces, tables, and what says nothing between. */
export function dress(parts: readonly Part[], isClient: boolean, random: Random): Part[] {
  const table = random.oneIn(2) ? new ModelTable(TABLE_BYTES) : null;
  // Of servers that pad, or send blocks in pieces, one of the other readers errs each: together that would say nothing.
  const pads = isClient || random.oneIn(2);
  const cuts = isClient || !pads;
  return parts.flatMap((part): Part[] => {
    const between = random.oneIn(6) ? [saysNothing(part, isClient, random)] : [];
    if (part.kind === 'block' && part.type === TYPE.headers)
      return [...between, dressBlock(part, table, cuts, random)];
    if (part.kind === 'frame' && part.type === TYPE.data && part.flags <= END_STREAM)
      return [...between, ...dressData(part, pads, random)];
    return [part];
  });
}

/** A block that is wild in its own way keeps that. */
function dressBlock(part: BlockPart, table: ModelTable | null, cuts: boolean, random: Random): BlockPart {
  const isPlain = part.before === undefined && !part.remembers && part.prefix === undefined;
  let dressed = part;
  if (isPlain && table !== null) dressed = { ...dressed, encoded: encoded(part, table, random) };
  if (isPlain && random.oneIn(3)) dressed = { ...dressed, ...beforeBlock(dressed, random) };
  if (cuts && part.cut === undefined && random.oneIn(3)) {
    // What stands before a block is in its first frame.
    const pieces = dressed.before === undefined ? [1, 2, 7, 30, 200] : [7, 30, 200];
    const cut = random.pick(pieces);
    // Beyond that nghttp2 has none of it.
    const least = random.oneIn(4) ? 1 : Math.ceil(lengthOf(dressed) / MOST_CONTINUATIONS);
    dressed = { ...dressed, cut: Math.max(cut, least), emptyLast: random.oneIn(3) };
  }
  return dressed;
}

function lengthOf({ before = '', fields, encoded }: BlockPart): number {
  const plain = fields.reduce((sum, [name, value]) => sum + name.length + value.length + 7, 0);
  return before.length + (encoded?.length ?? plain);
}

/** Padding at the end would lie in the last frame of a block that is cut: there is none then. */
function beforeBlock({ flags, stream }: BlockPart, random: Random): Pick<BlockPart, 'flags' | 'before'> {
  const on = random.pick([0, 1, 3, 5].filter((id) => id !== stream));
  return random.oneIn(2)
    ? {
        flags: flags | HAS_PRIORITY,
        before: uint32Text(on + (random.oneIn(2) ? 2 ** 31 : 0)) + random.pick(['\0', '\x10', '\xff']),
      }
    : { flags: flags | PADDED, before: '\0' };
}

/** As an encoder would that keeps a table; it is the connection's. */
function encoded({ fields }: BlockPart, table: ModelTable, random: Random): string {
  const sizes = random.oneIn(12)
    ? [random.pick([0, 40, 200, TABLE_BYTES]), TABLE_BYTES].slice(random.below(2))
    : [];
  const pieces = [encodeBlock(table, { sizes, steps: [] }).bytes];
  for (const [name, value] of fields) {
    const step = stepOf(name, value, table, random);
    pieces.push(encodeBlock(table, { sizes: [], steps: [step] }).bytes);
  }
  return Buffer.concat(pieces).toString('latin1');
}

function stepOf(name: string, value: string, table: ModelTable, random: Random): Step {
  const places = table.all;
  const same = places.findIndex((entry) => entry[0] === name && entry[1] === value);
  if (same !== -1 && !random.oneIn(4)) return { kind: 'indexed', pick: same };
  const named = places.findIndex((entry) => entry[0] === name);
  return {
    kind: 'literal',
    mode: random.pick(MODES),
    name: named === -1 || random.oneIn(4) ? name : named,
    value,
    huffman: random.oneIn(2),
  };
}

/** In two frames, with nothing between them, with padding. */
function dressData(part: FramePart, pads: boolean, random: Random): FramePart[] {
  const { flags, payload } = part;
  const at = random.oneIn(3) ? random.below(payload.length + 1) : 0;
  const frames: FramePart[] = at > 0 ? [{ ...part, flags: 0, payload: payload.slice(0, at) }] : [];
  if (random.oneIn(8)) frames.push({ ...part, flags: 0, payload: '' });
  frames.push({ ...part, flags, payload: payload.slice(at) });
  return frames.map((frame) => (pads && random.oneIn(3) ? padded(frame, random) : frame));
}

function padded(part: FramePart, random: Random): FramePart {
  const length = random.pick([0, 1, 2, 255]);
  const payload = String.fromCharCode(length) + part.payload + '\0'.repeat(length);
  return { ...part, flags: part.flags | PADDED, payload };
}

/** Frames that anybody may send at any time, and that change nothing; `next`: what comes behind. */
function saysNothing(next: Part, isClient: boolean, random: Random): FramePart {
  const id = 'stream' in next ? next.stream : 1;
  const of = (type: number, stream: number, payload: string, flags = 0): FramePart => {
    return { kind: 'frame', type, flags, stream, payload };
  };
  const anybody = [
    of(TYPE.windowUpdate, 0, uint32Text(1 + random.below(1000))),
    of(TYPE.ping, 0, 'nothing.'),
    of(TYPE.settings, 0, ''),
    of(TYPE.settings, 0, '\x77\x77\0\0\0\x01'),
    of(0x77, random.pick([0, id]), 'x'.repeat(random.below(30)), random.below(256)),
  ];
  const client = [
    of(TYPE.priority, id, `${uint32Text(id + 2)}\x10`),
    of(PRIORITY_UPDATE, 0, `${uint32Text(id)}${random.pick(['u=1', 'i', 'u=7, i', ''])}`),
  ];
  return random.pick(isClient ? [...anybody, ...client] : anybody);
}
