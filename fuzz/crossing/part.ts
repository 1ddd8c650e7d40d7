import { encode, type Fields, remembered } from '../../test/support/hpack.ts';
import { END_HEADERS, frame, TYPE } from '../../test/support/raw-http2.ts';

/** What stands in cases for the name of the host that leads to the case's own backend. */
export const CASE_HOST = 'case.test';

/** A piece of what one side says; text is one character a byte. */
export type Part =
  | { readonly kind: 'bytes'; readonly text: string }
  | FramePart
  | BlockPart
  /** Everything before goes out in one write. `heard`: until something comes from the router, or for a moment. */
  | { readonly kind: 'pause'; readonly until: 'turn' | 'heard' }
  | { readonly kind: 'close'; readonly how: 'end' | 'reset' };

export interface FramePart {
  readonly kind: 'frame';
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
  /** The length its head states, where that is another. */
  readonly claims?: number;
}

/** A frame with a header block, and CONTINUATION frames behind it when it is cut. */
export interface BlockPart {
  readonly kind: 'block';
  readonly type: number;
  /** Besides END_HEADERS. */
  readonly flags: number;
  readonly stream: number;
  readonly fields: Fields;
  /** Bytes of the frame before the block: what padding, priority or a promise need. */
  readonly before?: string;
  /** HPACK that stands before the fields, or behind them. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** What says the fields, where a table is kept; for whoever reads all blocks before. */
  readonly encoded?: string;
  /** Whether fields go into the dynamic table. */
  readonly remembers?: boolean;
  /** Bytes in a frame at most; 0: all. */
  readonly cut?: number;
  /** Whether the last frame of a block that is cut is one with nothing in it. */
  readonly emptyLast?: boolean;
  /** Whether END_HEADERS is never said. */
  readonly open?: boolean;
}

/** The bytes of a part for this host; streams but 0 are counted on from `shift`. */
export function bytesOf(
  part: FramePart | BlockPart | { kind: 'bytes'; text: string },
  host: string,
  shift = 0,
) {
  if (part.kind === 'bytes') return Buffer.from(part.text.replaceAll(CASE_HOST, host), 'latin1');
  const stream = part.stream === 0 ? 0 : (part.stream + shift) >>> 0;
  return part.kind === 'frame' ? frameBytes(part, stream) : blockBytes(part, stream, host);
}

function frameBytes({ type, flags, payload, claims }: FramePart, stream: number): Buffer {
  const bytes = frame(type, flags, stream, Buffer.from(payload, 'latin1'));
  if (claims !== undefined) bytes.writeUIntBE(claims, 0, 3);
  return bytes;
}

function blockBytes(part: BlockPart, stream: number, host: string): Buffer {
  const { type, flags, before = '', prefix = '', suffix = '', cut = 0, emptyLast, open = false } = part;
  const fields = part.fields.map(([name, value]) => [name, value.replaceAll(CASE_HOST, host)] as const);
  const block =
    part.encoded !== undefined
      ? Buffer.from(part.encoded, 'latin1')
      : part.remembers
        ? Buffer.concat(fields.map(([name, value]) => remembered(name, value)))
        : encode(fields);
  const payload = Buffer.concat([
    Buffer.from(before + prefix, 'latin1'),
    block,
    Buffer.from(suffix, 'latin1'),
  ]);
  const most = cut === 0 ? Math.max(payload.length, 1) : cut;
  const count = Math.max(1, Math.ceil(payload.length / most)) + Number(emptyLast ?? false);
  const frames = Array.from({ length: count }, (_, i) => {
    const last = i === count - 1 && !open ? END_HEADERS : 0;
    const piece = payload.subarray(i * most, (i + 1) * most);
    return i === 0 ? frame(type, flags | last, stream, piece) : frame(TYPE.continuation, last, stream, piece);
  });
  return Buffer.concat(frames);
}
