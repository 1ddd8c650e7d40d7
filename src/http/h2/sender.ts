import { giveUp } from '../../boundary/boundary.ts';
import { NO_TABLE } from '../hpack/encoder.ts';
import { DATA, DEFAULT_FRAME, DEFAULT_WINDOW, END_STREAM } from './codes.ts';
import { frameHead, headersFrames } from './frame-text.ts';
import type { Stream } from './stream.ts';

/** Where bytes go out, and with whom they wait until the end of the turn. */
export interface Wire {
  /** Latin-1, one character a byte. */
  text(text: string): void;
  /** `borrowed`: good until this answers; others stay as they are until they are written. */
  bytes(bytes: Buffer, start: number, end: number, borrowed: boolean): void;
}

/**
 * What a peer is sent in smaller pieces than that because its window takes no more is no favour to it: whoever opens
 * windows by a byte, of a hundred streams with one frame of SETTINGS, has the router write a hundred frames. Bytes.
 */
const LEAST_PIECE = 256;
/** CONTINUATION frames of one header block after which nghttp2, and with it most peers, give the connection up. */
const MOST_CONTINUATIONS = 8;

/** Hears of a stream that this side has ended. */
interface Ending {
  endLocal(stream: Stream): void;
}

/**
 * The sending half of a connection: frames go out as far as the windows of the stream and of the connection, and the
 * socket, let them (RFC 9113 §5.2); what cannot waits with its stream. Of streams that wait the most urgent goes first,
 * of equally urgent ones in turns, or one after the other if their client asks for that (RFC 9218 §10).
 */
export class Sender {
  readonly #wire: Wire;
  readonly #streams: Ending;
  /** Streams with something in their queues, the one that was served last behind the others. */
  readonly #waiting: Stream[] = [];
  /** Of the connection. Bytes. */
  window = DEFAULT_WINDOW;
  /** Payload of one frame. Bytes. */
  maxFrame = DEFAULT_FRAME;
  /** Bytes in all queues. */
  queued = 0;
  /** DATA frames that have gone out, but for those that were small for want of a window. */
  frames = 0;
  /** Whether the other side waits to be told how large a table the encoder uses, after it has allowed a smaller one. */
  #owesTableSize = false;
  #isBlocked = false;
  #isPumping = false;

  constructor(wire: Wire, streams: Ending) {
    this.#wire = wire;
    this.#streams = streams;
  }

  /** The socket takes no more. */
  block(): void {
    this.#isBlocked = true;
  }

  unblock(): void {
    this.#isBlocked = false;
    this.pump();
  }

  /** The other side allows a smaller table: it refuses the next header block that does not begin with its size (RFC 9113 §4.3.1). */
  noteSmallerTable(): void {
    this.#owesTableSize = true;
  }

  /** Whether a header block is not so long that it would cost the other side's other streams their connection. */
  mayCarry(block: string): boolean {
    return NO_TABLE.length + block.length <= (1 + MOST_CONTINUATIONS) * this.maxFrame;
  }

  /** A head: subject to no window, and never behind what waits, since it is the first of its stream. */
  head(stream: Stream, block: string, ends: boolean): void {
    this.#wire.text(this.#headers(stream.id, block, ends));
    if (ends) this.#streams.endLocal(stream);
  }

  /** `lent`: the bytes are good until this answers. */
  data(stream: Stream, bytes: Buffer, start: number, end: number, lent: boolean): void {
    if (!stream.maySend || start === end) return;
    let from = start;
    if (stream.queue.length === 0 && !this.#isBlocked) {
      const room = Math.min(stream.sendWindow, this.window, end - start);
      if (room > 0) {
        from += room;
        this.#frames(stream, bytes, start, from, lent);
      }
    }
    if (from === end || !stream.maySend) return;
    this.#queue(stream, bytes, from, end);
  }

  /** No more of the stream's body. `trailers`: a header block, or `null`. */
  end(stream: Stream, trailers: string | null): void {
    if (!stream.maySend) return;
    if (trailers !== null) stream.trailers = trailers;
    stream.tail = trailers === null ? 'end' : 'trailers';
    if (stream.queue.length === 0) this.#sendTail(stream);
  }

  /** What waits in the stream's queue goes nowhere. */
  drop(stream: Stream): void {
    stream.isFull = false;
    if (stream.queue.length === 0) return;
    this.queued -= stream.queue.length;
    stream.queue.discard();
    const at = this.#waiting.indexOf(stream);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Sends of what waits as much as goes. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#isBlocked && this.window > 0) {
        const stream = this.#next();
        if (stream === null) break;
        this.#sendFromQueue(stream);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #queue(stream: Stream, bytes: Buffer, start: number, end: number): void {
    if (stream.queue.length === 0) this.#waiting.push(stream);
    stream.queue.push(bytes, start, end);
    this.queued += end - start;
    if (stream.isFull) return;
    stream.isFull = true;
    stream.listener.onFull();
  }

  #frames(stream: Stream, bytes: Buffer, start: number, end: number, lent: boolean): void {
    const wire = this.#wire;
    const length = end - start;
    stream.sendWindow -= length;
    this.window -= length;
    const isScrap = length < LEAST_PIECE && (stream.sendWindow === 0 || this.window === 0);
    if (stream.unsent >= 0) stream.unsent = Math.max(0, stream.unsent - length);
    for (let at = start; at < end; at += this.maxFrame) {
      const stop = Math.min(end, at + this.maxFrame);
      const ends = stop === end && stream.unsent === 0;
      wire.text(frameHead(stop - at, DATA, ends ? END_STREAM : 0, stream.id));
      wire.bytes(bytes, at, stop, lent);
      if (!isScrap) this.frames++;
    }
    if (stream.unsent === 0) this.#streams.endLocal(stream);
  }

  #sendFromQueue(stream: Stream): void {
    const { queue } = stream;
    const length = Math.min(stream.sendWindow, this.window, queue.length, this.maxFrame);
    const { bytes, start } = queue;
    queue.drop(length);
    stream.taken += length;
    this.queued -= length;
    if (queue.length === 0) this.#waiting.splice(this.#waiting.indexOf(stream), 1);
    this.#frames(stream, bytes, start, start + length, false);
    if (queue.length > 0) return;
    if (stream.tail !== 'none' && !stream.isClosed) this.#sendTail(stream);
    if (!stream.isFull) return;
    stream.isFull = false;
    try {
      stream.listener.onDrain();
    } catch (error) {
      giveUp(stream.listener, error);
    }
  }

  #sendTail(stream: Stream): void {
    if (stream.state !== 'open' && stream.state !== 'half-closed-remote') return;
    const { id, trailers } = stream;
    const text =
      stream.tail === 'end' ? frameHead(0, DATA, END_STREAM, id) : this.#headers(id, trailers, true);
    this.#wire.text(text);
    this.#streams.endLocal(stream);
  }

  #headers(id: number, block: string, ends: boolean): string {
    const text = this.#owesTableSize ? NO_TABLE + block : block;
    this.#owesTableSize = false;
    return headersFrames(id, text, ends, this.maxFrame);
  }

  /** Whose turn it is; `null`: nobody's that waits has room in its window. */
  #next(): Stream | null {
    const waiting = this.#waiting;
    let best = -1;
    for (let at = 0; at < waiting.length; at++) {
      const stream = waiting[at]!;
      if (stream.sendWindow > 0 && (best < 0 || goesBefore(stream, waiting[best]!))) best = at;
    }
    if (best < 0) return null;
    const stream = waiting[best]!;
    // The next of the same urgency has its turn after it.
    if (best < waiting.length - 1) {
      waiting.splice(best, 1);
      waiting.push(stream);
    }
    return stream;
  }
}

function goesBefore(a: Stream, b: Stream): boolean {
  if (a.priority.urgency !== b.priority.urgency) return a.priority.urgency < b.priority.urgency;
  // RFC 9218 §10: of those that are to come one after the other the oldest; between the kinds they take turns.
  return !a.priority.incremental && !b.priority.incremental && a.id < b.id;
}
