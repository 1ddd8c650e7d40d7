import { DATA, DEFAULT_FRAME, FRAME_HEAD, FRAME_SIZE_ERROR, PADDED, PROTOCOL_ERROR } from './codes.ts';
import { PREFACE } from './frame-text.ts';

type State =
  /** Of a client: what it says before its first frame. */
  | 'preface'
  | 'frame-head'
  /** The length of a DATA frame's padding. */
  | 'pad-length'
  | 'data'
  | 'padding'
  /** Of any other frame. */
  | 'payload'
  /** Nothing is read any more. */
  | 'ended';

/** Who hears of frames, in the order they came. */
export interface FrameListener {
  /** A frame of any type but DATA, whole. The bytes are good until this answers. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
  /** A DATA frame has begun. `length`: all of it, as flow control counts it. */
  onDataFrame(streamId: number, length: number, flags: number): void;
  /** A part of its data. The bytes are the reader's caller's. */
  onData(bytes: Buffer, start: number, end: number): void;
  /** It is over, its padding of so many bytes included. */
  onDataFrameEnd(padding: number): void;
  /** What came is not HTTP/2. */
  onBadFrame(code: number, reason: string): void;
}

const PREFACE_BYTES = Buffer.from(PREFACE, 'latin1');

/** Cuts what arrives into frames (RFC 9113 §4.1). Data is passed on as it comes; other frames are gathered when they come in pieces. */
export class FrameReader {
  readonly #listener: FrameListener;
  #state: State;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  /** Bytes of the present element that have yet to come. */
  #left = 0;
  #padding = 0;
  /** An element that came in pieces: allocated for it, and let go with it. */
  #held: Buffer | null = null;
  #heldLength = 0;

  constructor(listener: FrameListener, expectsPreface: boolean) {
    this.#listener = listener;
    this.#state = expectsPreface ? 'preface' : 'frame-head';
    this.#left = expectsPreface ? PREFACE_BYTES.length : 0;
  }

  /** Whether something has begun, other than data, whose rest has to follow before anything else can be said. */
  get isWithin(): boolean {
    return this.#held !== null || this.#state === 'preface' || this.#state === 'payload';
  }

  end(): void {
    this.#state = 'ended';
    this.#held = null;
  }

  read(bytes: Buffer, start: number, end: number): void {
    let pos = start;
    while (pos < end || (this.#left === 0 && this.#isEmptyElement)) {
      switch (this.#state) {
        case 'preface':
          pos = this.#readPreface(bytes, pos, end);
          break;
        case 'frame-head':
          pos = this.#readHead(bytes, pos, end);
          break;
        case 'pad-length':
          this.#takePadLength(bytes[pos++]!);
          break;
        case 'data': {
          const stop = Math.min(end, pos + this.#left);
          this.#left -= stop - pos;
          if (stop > pos) this.#listener.onData(bytes, pos, stop);
          pos = stop;
          if (this.#left === 0) this.#endData();
          break;
        }
        case 'padding': {
          const stop = Math.min(end, pos + this.#left);
          this.#left -= stop - pos;
          pos = stop;
          if (this.#left === 0) this.#endFrame();
          break;
        }
        case 'payload':
          pos = this.#readPayload(bytes, pos, end);
          break;
        case 'ended':
          return;
      }
    }
  }

  /** Of an element without bytes nothing more has to come. */
  get #isEmptyElement(): boolean {
    return this.#state === 'data' || this.#state === 'padding' || this.#state === 'payload';
  }

  #readPreface(bytes: Buffer, start: number, end: number): number {
    const from = PREFACE_BYTES.length - this.#left;
    const count = Math.min(end - start, this.#left);
    if (bytes.compare(PREFACE_BYTES, from, from + count, start, start + count) !== 0) {
      this.#fail(PROTOCOL_ERROR, 'no preface');
      return end;
    }
    this.#left -= count;
    if (this.#left === 0) this.#state = 'frame-head';
    return start + count;
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    if (this.#held === null && end - start >= FRAME_HEAD) {
      this.#beginFrame(bytes, start);
      return start + FRAME_HEAD;
    }
    this.#held ??= Buffer.allocUnsafe(FRAME_HEAD);
    const count = Math.min(end - start, FRAME_HEAD - this.#heldLength);
    bytes.copy(this.#held, this.#heldLength, start, start + count);
    this.#heldLength += count;
    if (this.#heldLength === FRAME_HEAD) {
      const head = this.#held;
      this.#held = null;
      this.#heldLength = 0;
      this.#beginFrame(head, 0);
    }
    return start + count;
  }

  #beginFrame(bytes: Buffer, at: number): void {
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.#type = bytes[at + 3]!;
    this.#flags = bytes[at + 4]!;
    this.#streamId =
      ((bytes[at + 5]! & 0x7f) << 24) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 8) | bytes[at + 8]!;
    this.#left = length;
    if (length > DEFAULT_FRAME) {
      this.#fail(FRAME_SIZE_ERROR, 'frame too large');
      return;
    }
    if (this.#type !== DATA) {
      this.#state = 'payload';
      return;
    }
    this.#padding = 0;
    const isPadded = (this.#flags & PADDED) !== 0;
    this.#state = isPadded ? 'pad-length' : 'data';
    if (isPadded && length === 0) {
      this.#fail(FRAME_SIZE_ERROR, 'padded DATA without a length of its padding');
      return;
    }
    this.#listener.onDataFrame(this.#streamId, length, this.#flags);
  }

  #takePadLength(length: number): void {
    this.#left--;
    if (length > this.#left) {
      // RFC 9113 §6.1
      this.#fail(PROTOCOL_ERROR, 'padding longer than its frame');
      return;
    }
    this.#padding = length + 1;
    this.#left -= length;
    if (this.#state === 'pad-length') this.#state = 'data';
  }

  #endData(): void {
    if (this.#state === 'ended') return;
    this.#left = Math.max(this.#padding - 1, 0);
    if (this.#left === 0) this.#endFrame();
    else this.#state = 'padding';
  }

  #endFrame(): void {
    this.#state = 'frame-head';
    this.#listener.onDataFrameEnd(this.#padding);
  }

  #readPayload(bytes: Buffer, start: number, end: number): number {
    const count = Math.min(end - start, this.#left);
    this.#left -= count;
    if (this.#held === null && this.#left === 0) {
      this.#state = 'frame-head';
      this.#listener.onFrame(this.#type, this.#flags, this.#streamId, bytes, start, start + count);
      return start + count;
    }
    this.#held ??= Buffer.allocUnsafeSlow(count + this.#left);
    bytes.copy(this.#held, this.#heldLength, start, start + count);
    this.#heldLength += count;
    if (this.#left === 0) {
      const payload = this.#held;
      const length = this.#heldLength;
      this.#held = null;
      this.#heldLength = 0;
      this.#state = 'frame-head';
      this.#listener.onFrame(this.#type, this.#flags, this.#streamId, payload, 0, length);
    }
    return start + count;
  }

  #fail(code: number, reason: string): void {
    this.end();
    this.#listener.onBadFrame(code, reason);
  }
}
