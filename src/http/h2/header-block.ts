import { HeldPieces } from '../message/held-pieces.ts';
import { END_STREAM, PADDED, WITH_PRIORITY } from './codes.ts';

const PRIORITY_BYTES = 5;

/** What a HEADERS frame holds beside its part of the header block: padding, and priorities of old (RFC 9113 §6.2). */
export interface HeadersPayload {
  readonly start: number;
  readonly end: number;
  /** The stream that it says it depends on; -1: none. */
  readonly dependsOn: number;
}

/** `null`: padding longer than the frame, or too short for what its flags say it holds. */
export function headersPayload(
  bytes: Buffer,
  from: number,
  to: number,
  flags: number,
): HeadersPayload | null {
  let start = from;
  let end = to;
  let dependsOn = -1;
  if ((flags & PADDED) !== 0) {
    if (start === end) return null;
    end -= bytes[start++]!;
  }
  if ((flags & WITH_PRIORITY) !== 0) {
    if (end - start < PRIORITY_BYTES) return null;
    dependsOn = streamIdAt(bytes, start);
    start += PRIORITY_BYTES;
  }
  return start > end ? null : { start, end, dependsOn };
}

export function streamIdAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) & 0x7fffffff;
}

/** A header block that comes in several frames: until it is whole nothing else may come (RFC 9113 §4.3). */
export class OpenBlock {
  readonly streamId: number;
  readonly ends: boolean;
  readonly dependsOnItself: boolean;
  readonly #held = new HeldPieces();
  #frames = 0;

  constructor(streamId: number, flags: number, dependsOnItself: boolean) {
    this.streamId = streamId;
    this.dependsOnItself = dependsOnItself;
    this.ends = (flags & END_STREAM) !== 0;
  }

  /** Bytes that what there is of it takes. */
  get heldBytes(): number {
    return this.#held.capacity;
  }

  /** `false`: more than `most` bytes, or in more frames than that takes. */
  add(bytes: Buffer, start: number, end: number, most: number): boolean {
    this.#frames++;
    const fits = this.#held.length + (end - start) <= most;
    // A frame carries 16 KiB: whoever needs a great many for a few bytes means something else.
    if (!fits || this.#frames > MOST_SPARE_FRAMES + most / LEAST_PER_FRAME) return false;
    if (end > start) this.#held.add(bytes, start, end, most);
    return true;
  }

  /** All of it. */
  get bytes(): Buffer {
    const held = this.#held;
    return held.length === 0 ? EMPTY : held.bytes.subarray(0, held.length);
  }
}

const EMPTY = Buffer.alloc(0);
const MOST_SPARE_FRAMES = 16;
const LEAST_PER_FRAME = 1024;
