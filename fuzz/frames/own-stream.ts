import type { HeadFields } from '../../src/http/h2/head-fields.ts';
import { type HeadKind, type ResetBy, Stream, type StreamListener } from '../../src/http/h2/stream.ts';
import type { Streams } from '../../src/http/h2/streams.ts';
import { encodeField } from '../../src/http/hpack/encoder.ts';
import { Head } from '../../src/http/message/head.ts';
import { headText } from './head-text.ts';
import { type HeardStream, heardStream } from './own-reading.ts';

/** What a reading does beside reading. */
export interface Manner {
  /** Whether requests are answered once they are whole. */
  readonly answers: boolean;
  /** Whether bytes of bodies are given back at once, or at the end. */
  readonly takesAtOnce: boolean;
}

const ANSWER = encodeField(':status', '200', false);
const TRAILERS = encodeField('x-sum', '1', false);
/** Of answers, by the stream; all together no more than the first window. Bytes. */
const LENGTHS = [0, 300, 9000, 1, 16_383];

/** Writes down what is heard of a stream; used again as those of the router are. */
export class OwnStream implements StreamListener {
  readonly kind = 'stream';
  readonly head = new Head();
  readonly stream: Stream;
  heard = heardStream(0);
  readonly #streams: Streams;
  readonly #manner: Manner;
  readonly #onClosed: (stream: OwnStream) => void;
  /** What a reply is to: to HEAD none has a body. */
  readonly #method: string;
  /** Parts that may be kept, or copies. */
  #parts: Buffer[] = [];
  #untaken = 0;

  constructor(streams: Streams, manner: Manner, method: string, onClosed: (stream: OwnStream) => void) {
    this.#streams = streams;
    this.#manner = manner;
    this.#method = method;
    this.#onClosed = onClosed;
    this.stream = new Stream(this, streams.room);
  }

  begin(id: number): HeardStream {
    this.heard = heardStream(id);
    return this.heard;
  }

  onHead(kind: HeadKind, ends: boolean, fields: HeadFields): void {
    const { heard, head } = this;
    if (this.stream.isClosed || heard.isWhole) throw new Error('a head too late');
    const text = headText(head, head.isResponse ? String(head.status) : `${head.method} ${head.target}`);
    heard.fault ||= fields.fault?.name ?? '';
    if (kind === 'interim') heard.interim.push(text);
    else if (heard.head !== null) throw new Error('a second head');
    else heard.head = text;
    // RFC 9110 §6.4.1: as the router has it.
    const isBare = this.#method === 'HEAD' || /^[23]04/.test(text);
    if (head.isResponse && kind === 'head' && isBare) this.stream.owed = 0;
    // Of a request nothing else tells of that end.
    if (ends && !head.isResponse) this.onEnd(null);
  }

  onBody(bytes: Buffer, start: number, end: number, lent: boolean): void {
    if (this.heard.head === null || this.heard.isWhole) throw new Error('a body out of its place');
    const part = bytes.subarray(start, end);
    this.#parts.push(lent ? Buffer.from(part) : part);
    this.#untaken += end - start;
    if (this.#manner.takesAtOnce) this.#take();
  }

  onEnd(trailers: Head | null): void {
    const { heard, stream } = this;
    if (heard.head === null || heard.isWhole) throw new Error('an end out of its place');
    heard.isWhole = true;
    if (trailers !== null) heard.trailers = headText(trailers, '');
    this.#take();
    if (this.#manner.answers && stream.maySend) this.#answer();
  }

  #answer(): void {
    const { sender } = this.#streams;
    const { stream } = this;
    const length = LENGTHS[((stream.id - 1) / 2) % LENGTHS.length]!;
    sender.head(stream, ANSWER, length === 0);
    if (length === 0) return;
    const bytes = Buffer.alloc(length, stream.id);
    sender.data(stream, bytes, 0, length, false);
    sender.end(stream, stream.id % 4 === 3 ? TRAILERS : null);
  }

  #take(): void {
    const bytes = this.#untaken;
    this.#untaken = 0;
    if (bytes > 0) this.#streams.consumed(this.stream, bytes);
  }

  onFull(): void {}
  onDrain(): void {}

  onReset(code: number, by: ResetBy): void {
    if (by !== 'connection') this.heard.reset = `${by} ${code}`;
  }

  onClosed(): void {
    this.finish();
    this.#onClosed(this);
  }

  /** What came of the body, as long as the memory it lies in is good. */
  finish(): void {
    this.heard.body += Buffer.concat(this.#parts).toString('latin1');
    this.#parts = [];
    this.#take();
  }

  panic(error: unknown): void {
    throw error;
  }
}
