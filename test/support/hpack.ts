import { huffmanText } from './huffman.ts';

/** Names and values in turn, one character a byte; as they stand on the wire. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** RFC 7541 Appendix A. */
export const STATIC: Fields = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  ...['200', '204', '206', '304', '400', '404', '500'].map((status) => [':status', status] as const),
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...(
    'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control ' +
    'content-disposition content-encoding content-language content-length content-location content-range ' +
    'content-type cookie date etag expect expires from host if-match if-modified-since if-none-match if-range ' +
    'if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range ' +
    'referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary ' +
    'via www-authenticate'
  )
    .split(' ')
    .map((name) => [name, ''] as const),
];

/** An integer behind the high bits `flags` of its first byte (RFC 7541 §5.1). */
export function integer(value: number, prefixBits: number, flags: number): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.from([flags + value]);
  const bytes = [flags + most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([integer(bytes.length, 7, 0), bytes]);
}

/** A header block of literals that touches no table (RFC 7541 §6.2.2). */
export function encode(fields: Fields): Buffer {
  return Buffer.concat(
    fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), literal(name), literal(value)])),
  );
}

/** A literal that goes into the dynamic table, as its entry 62 (RFC 7541 §6.2.1). */
export function remembered(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), literal(name), literal(value)]);
}

/** A reference into the tables (RFC 7541 §6.1). */
export function indexed(index: number): Buffer {
  return integer(index, 7, 0x80);
}

/** Whether a header block says first how large a table its encoder uses (RFC 7541 §6.3). */
export function beginsWithTableSize(block: Buffer): boolean {
  return block.length > 0 && (block[0]! & 0xe0) === 0x20;
}

/** Reads a header block of an encoder that was told to keep no dynamic table. */
export function decode(block: Buffer): Fields {
  const fields: (readonly [string, string])[] = [];
  const reader = new Reader(block);
  while (!reader.atEnd) {
    const first = block[reader.at]!;
    if (first & 0x80) {
      fields.push(entry(reader.integer(7)));
    } else if ((first & 0xe0) === 0x20) {
      reader.integer(5);
    } else {
      const index = reader.integer(first & 0x40 ? 6 : 4);
      const name = index === 0 ? reader.text() : entry(index)[0];
      fields.push([name, reader.text()]);
    }
  }
  return fields;
}

function entry(index: number): readonly [string, string] {
  const found = STATIC[index - 1];
  if (found === undefined) throw new Error(`no entry ${index} without a dynamic table`);
  return found;
}

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#bytes[this.at++]! & most;
    if (value < most) return value;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.#bytes[this.at++]!;
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const isHuffman = (this.#bytes[this.at]! & 0x80) !== 0;
    const length = this.integer(7);
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return isHuffman ? huffmanText(bytes) : bytes.toString('latin1');
  }
}
