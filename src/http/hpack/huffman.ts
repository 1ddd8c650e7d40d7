/**
 * Bits of each symbol's code, 0 to 255 and EOS (RFC 7541 Appendix B). The code is canonical: of one length, codes
 * count up with the symbols, and so the lengths say all.
 */
const CODE_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const EOS = 256;
const LONGEST = 30;
const MOST_PADDING = 7;

/**
 * The inner nodes of the code's tree, 256 of them, the root being 0. A step takes four bits: as no code is shorter
 * than five, that completes one symbol at most. `STEPS[node << 4 | bits]` is the next node, and what happened.
 */
const STEPS = new Uint32Array(256 << 4);
const NEXT_NODE = 0xff;
const HAS_SYMBOL = 0x100;
/** EOS in a string is an error (RFC 7541 §5.2). */
const BROKEN = 0x200;
const SYMBOL_SHIFT = 16;

/** Nodes at which a string may end: behind whole symbols come at most seven ones (RFC 7541 §5.2). */
const MAY_END = new Uint8Array(256);

fillTables(codeTree());

/** By node, the child for 0 and the child for 1: an inner node, or a symbol as its complement, which is negative. */
function codeTree(): number[][] {
  const nodes: number[][] = [[]];
  let code = 0;
  for (let length = 1; length <= LONGEST; length++, code *= 2) {
    for (let symbol = 0; symbol <= EOS; symbol++) {
      if (CODE_LENGTHS[symbol] !== length) continue;
      let node = 0;
      for (let bit = length - 1; bit > 0; bit--) {
        const side = (code >> bit) & 1;
        if (nodes[node]![side] === undefined) nodes[node]![side] = nodes.push([]) - 1;
        node = nodes[node]![side]!;
      }
      nodes[node]![code & 1] = ~symbol;
      code++;
    }
  }
  return nodes;
}

function fillTables(nodes: readonly (readonly number[])[]): void {
  for (let from = 0; from < nodes.length; from++) {
    for (let bits = 0; bits < 16; bits++) STEPS[(from << 4) | bits] = step(nodes, from, bits);
  }
  for (let ones = 0, node = 0; ones <= MOST_PADDING; ones++, node = nodes[node]![1]!) MAY_END[node] = 1;
}

function step(nodes: readonly (readonly number[])[], from: number, bits: number): number {
  let node = from;
  let found = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = nodes[node]![(bits >> bit) & 1]!;
    if (next === ~EOS) return BROKEN;
    if (next < 0) found = HAS_SYMBOL | (~next << SYMBOL_SHIFT);
    node = Math.max(next, 0);
  }
  return found | node;
}

/** Reads strings in Huffman code into a memory of its own, which the next string overwrites. */
class HuffmanReader {
  /** Its start is the last string decoded. */
  bytes: Buffer = Buffer.allocUnsafeSlow(4096);

  /** What `source[start, end)` stands for. Answers its length, or -1 when it is malformed (RFC 7541 §5.2). */
  decode(source: Buffer, start: number, end: number): number {
    // A symbol takes five bits at least.
    const most = Math.ceil(((end - start) * 8) / 5);
    if (most > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(2 * most);
    const target = this.bytes;
    let length = 0;
    let node = 0;
    for (let at = start; at < end; at++) {
      const byte = source[at]!;
      const high = STEPS[(node << 4) | (byte >> 4)]!;
      if (high & HAS_SYMBOL) target[length++] = high >> SYMBOL_SHIFT;
      const low = STEPS[((high & NEXT_NODE) << 4) | (byte & 0xf)]!;
      if (low & HAS_SYMBOL) target[length++] = low >> SYMBOL_SHIFT;
      if ((high | low) & BROKEN) return -1;
      node = low & NEXT_NODE;
    }
    return MAY_END[node] === 1 ? length : -1;
  }
}

/** One for the thread: a string is copied from it before the next is read. */
export const huffman: HuffmanReader = new HuffmanReader();
