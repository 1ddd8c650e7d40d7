import { HpackDecoder } from '../../src/http/hpack/decoder.ts';
import type { Field } from '../../src/http/hpack/field.ts';
import {
  type Block,
  decodeBlock,
  encodeBlock,
  type ModelField,
  ModelTable,
  type Step,
} from '../../test/support/hpack-model.ts';
import { BAD_NAMES, ODD_VALUES, OF_ONE_HOP, PSEUDO, SINGLE, TELLING } from '../crossing/names.ts';
import { Random } from '../random.ts';

/** Header blocks on one table, in their order; one character a byte. */
export interface Blocks {
  readonly kind: 'blocks';
  readonly blocks: readonly string[];
}

const TABLE_BYTES = 4096;
const MOST_BLOCKS = 6;
const MOST_STEPS = 12;
const SIZES = [0, 31, 32, 33, 64, 200, 1000, 4095, 4096];
const KNOWN = [...PSEUDO, ...TELLING, ...OF_ONE_HOP];
const NAMES = [...SINGLE, ...BAD_NAMES, ...KNOWN.map(([name]) => name)];
const VALUES = [...ODD_VALUES, ...KNOWN.map(([, value]) => value), 'x'.repeat(300), '\xff'.repeat(40)];
const MODES = ['inserted', 'inserted', 'not indexed', 'never indexed'] as const;
/** Apart from the cases of connections with the same number. */
const OTHER_STREAMS = 2 ** 31;
/** Octets where integers, tables and Huffman codes are at their ends. */
const EDGES = [0, 1, 0x0f, 0x10, 0x1f, 0x20, 0x3d, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbd, 0xbe, 0xe1, 0xff];

/** Number `index` of `seed`; every other is changed somewhere, so that it may be none. */
export function makeBlocks(seed: number, index: number): Blocks {
  const random = new Random(seed, (index + OTHER_STREAMS) % 2 ** 32);
  const table = new ModelTable(TABLE_BYTES);
  const count = 1 + random.below(MOST_BLOCKS);
  const isOdd = random.oneIn(2);
  const odd = random.below(count);
  const blocks = Array.from({ length: count }, (_, at) => {
    const { bytes } = encodeBlock(table, makeBlock(random));
    return (isOdd && at === odd ? changed(bytes, random) : bytes).toString('latin1');
  });
  return { kind: 'blocks', blocks };
}

function makeBlock(random: Random): Block {
  const sizes = random.oneIn(8) ? [random.pick(SIZES), random.pick(SIZES)].slice(random.below(2)) : [];
  const steps = Array.from({ length: random.below(MOST_STEPS) }, (): Step => {
    if (random.oneIn(3)) return { kind: 'indexed', pick: random.below(80) };
    return {
      kind: 'literal',
      mode: random.pick(MODES),
      name: random.oneIn(2) ? random.below(80) : random.pick(NAMES),
      value: random.pick(VALUES),
      huffman: random.oneIn(2),
    };
  });
  return { sizes, steps };
}

function changed(bytes: Buffer, random: Random): Buffer {
  let block = bytes;
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(block.length + 1);
    const some = Buffer.from(Array.from({ length: 1 + random.below(4) }, () => octet(random)));
    const cut = random.pick([0, 0, 1, 1, some.length, random.below(20)]);
    const added = random.oneIn(4) ? Buffer.alloc(0) : some;
    block = Buffer.concat([block.subarray(0, at), added, block.subarray(at + cut)]);
  }
  return block;
}

function octet(random: Random): number {
  return random.oneIn(2) ? random.pick(EDGES) : random.below(256);
}

/** One sentence, or `null` where our decoder reads blocks as the model does. */
export function blocksDifference({ blocks }: Blocks): string | null {
  const decoder = new HpackDecoder();
  const table = new ModelTable(TABLE_BYTES);
  let isOver = false;
  for (const [at, text] of blocks.entries()) {
    const block = Buffer.from(text, 'latin1');
    const own: ModelField[] = [];
    const sink = {
      field: ({ name, value, sensitive }: Field) => void own.push([name.text, value, sensitive]),
    };
    // Neither at the beginning of what is there nor at its end.
    const memory = Buffer.concat([EDGE, block, EDGE]);
    const isRead = decoder.decode(memory, EDGE.length, EDGE.length + block.length, sink);
    memory.fill(0xee);
    const model = isOver ? 'over' : modelOf(table, block);
    if (isRead !== (typeof model !== 'string'))
      return `block ${at}: our decoder ${isRead ? 'reads' : 'refuses'} it, the model ${isRead ? `has ${model}` : 'reads it'}`;
    if (typeof model === 'string') {
      isOver = true;
      continue;
    }
    const [said, meant] = [JSON.stringify(own), JSON.stringify(model)];
    if (said !== meant) return `block ${at}: our decoder reads ${said}, the model ${meant}`;
    const [size, entries] = [decoder.tableSize, decoder.tableCount];
    if (size !== table.size || entries !== table.count)
      return `block ${at}: our table holds ${entries} of ${size} octets, the model's ${table.count} of ${table.size}`;
  }
  return null;
}

const EDGE = Buffer.from([0xff, 0x80, 0x00]);

/** Its fields, or why it is none. */
function modelOf(table: ModelTable, block: Buffer): ModelField[] | string {
  try {
    return decodeBlock(table, TABLE_BYTES, block);
  } catch (error) {
    return (error as Error).message;
  }
}
