import { END_HEADERS, END_STREAM, PADDED, TYPE } from './raw-http2.ts';

const HEAD_BYTES = 9;
const PRIORITY = 0x20;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Takes bytes as they come and gives the frames that are whole. */
export class FrameReader {
  #unread: Buffer;
  #skip: number;

  /** `skip`: bytes before the first frame, such as the preface. */
  constructor(skip = 0) {
    this.#skip = skip;
    this.#unread = Buffer.alloc(0);
  }

  push(chunk: Buffer): Frame[] {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    const skipped = Math.min(this.#skip, this.#unread.length);
    this.#skip -= skipped;
    this.#unread = this.#unread.subarray(skipped);
    const frames: Frame[] = [];
    while (this.#unread.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#unread.readUIntBE(0, 3);
      if (this.#unread.length < end) break;
      frames.push({
        type: this.#unread[3]!,
        flags: this.#unread[4]!,
        stream: this.#unread.readUInt32BE(5),
        payload: this.#unread.subarray(HEAD_BYTES, end),
      });
      this.#unread = this.#unread.subarray(end);
    }
    return frames;
  }
}

export function endsStream({ type, flags }: Frame): boolean {
  return (type === TYPE.data || type === TYPE.headers) && (flags & END_STREAM) !== 0;
}

export function endsBlock({ flags }: Frame): boolean {
  return (flags & END_HEADERS) !== 0;
}

/** What a frame carries of a body or a header block: without padding and priority. */
export function contentOf({ type, flags, payload }: Frame): Buffer {
  if (type === TYPE.continuation) return payload;
  const padded = (flags & PADDED) !== 0;
  const from = (padded ? 1 : 0) + (type === TYPE.headers && flags & PRIORITY ? 5 : 0);
  return payload.subarray(from, payload.length - (padded ? payload[0]! : 0));
}

/** Ids and values of a SETTINGS frame. */
export function settingsOf({ payload }: Frame): [id: number, value: number][] {
  const pairs: [number, number][] = [];
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    pairs.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
  }
  return pairs;
}
