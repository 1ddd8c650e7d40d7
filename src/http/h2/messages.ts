import { giveUp } from '../../boundary/boundary.ts';
import { HpackDecoder } from '../hpack/decoder.ts';
import type { Field, FieldSink } from '../hpack/field.ts';
import { Head } from '../message/head.ts';
import type { HeadLimits } from '../message/head-limits.ts';
import {
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  PADDED,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  STREAM_CLOSED,
} from './codes.ts';
import {
  BAD_COMPRESSION,
  BAD_PADDING,
  BAD_STREAM_ID,
  BLOCK_INTERRUPTED,
  CLOSED_STREAM,
  type ConnectionError,
  IDLE_STREAM,
  OF_THE_CONNECTION,
  WINDOW_EXCEEDED,
} from './connection-error.ts';
import type { HeadFields, MalformedBlock } from './head-fields.ts';
import { headersPayload, OpenBlock } from './header-block.ts';
import type { HeadKind, Stream } from './stream.ts';
import type { Streams } from './streams.ts';
import { LEAST_DATA, type Waste } from './waste.ts';

/** How large heads may be that come over a connection. */
export interface MessageLimits {
  readonly head: HeadLimits;
  readonly trailers: HeadLimits;
}

/** What the owner of a connection hears of messages. */
export interface MessageListener {
  /** Somebody begins a stream: whose it is; `null`: it is refused. Only of clients. */
  onStream(): Stream | null;
  /** A message was not what HTTP/2 allows; its stream has been given up. `block`: where a header block was the fault. */
  onMalformed(flaw: string, block: MalformedBlock | null): void;
  /** A stream was refused, or reset for what came on it, that nobody listens to. */
  onRefused(): void;
  onWaste(kind: Waste, share: number): void;
}

const TOO_MUCH: ConnectionError = { code: ENHANCE_YOUR_CALM, reason: 'http2_continuations' };

/** Of a header block, beyond twice a head that is just small enough: it is decoded and refused, and the connection goes on. */
const SPARE_BYTES = 64 * 1024;

/** For blocks of which only the table of the decoder is to know (RFC 9113 §4.3). */
const NOBODY: FieldSink = { field(_: Field) {} };

/** Makes messages of HEADERS, CONTINUATION and DATA frames, and tells the streams they are for (RFC 9113 §8.1). */
export class Messages {
  readonly #streams: Streams;
  readonly #listener: MessageListener;
  readonly #fields: HeadFields;
  readonly #limits: MessageLimits;
  readonly #isServer: boolean;
  readonly #decoder = new HpackDecoder();
  /** Of which only a part has come; `null`: of none. */
  #block: OpenBlock | null = null;
  /** Whose data is being read; `null`: nobody's. */
  #reading: Stream | null = null;
  /** It may be another one by the time that the rest of the frame comes. */
  #readingId = 0;
  #ends = false;
  /** Of the DATA frame that is being read, padding included. Bytes. */
  #length = 0;
  /** No stream that begins from now on is served; nor is anything said of it. */
  isClosing = false;

  /** `fields`: one for all connections of a thread. */
  constructor(
    streams: Streams,
    isServer: boolean,
    limits: MessageLimits,
    fields: HeadFields,
    listener: MessageListener,
  ) {
    this.#streams = streams;
    this.#isServer = isServer;
    this.#limits = limits;
    this.#fields = fields;
    this.#listener = listener;
  }

  /** Whether a header block has begun: nothing but the rest of it may come. */
  get isWithinBlock(): boolean {
    return this.#block !== null;
  }

  /** Bytes that the part of it takes that has come. */
  get heldBytes(): number {
    return this.#block === null ? 0 : this.#block.heldBytes;
  }

  headers(flags: number, id: number, bytes: Buffer, start: number, end: number): ConnectionError | null {
    if (id === 0) return OF_THE_CONNECTION;
    const payload = headersPayload(bytes, start, end, flags);
    if (payload === null) return BAD_PADDING;
    if ((flags & END_HEADERS) !== 0) {
      const ends = (flags & END_STREAM) !== 0;
      return this.#onBlock(
        id,
        ends,
        this.#isServer && payload.dependsOn === id,
        bytes,
        payload.start,
        payload.end,
      );
    }
    this.#block = new OpenBlock(id, flags, this.#isServer && payload.dependsOn === id);
    return this.#addTo(this.#block, bytes, payload.start, payload.end);
  }

  continuation(flags: number, id: number, bytes: Buffer, start: number, end: number): ConnectionError | null {
    const block = this.#block;
    if (block === null || block.streamId !== id) return BLOCK_INTERRUPTED;
    if (start === end) this.#listener.onWaste('http2_continuations', 1);
    const error = this.#addTo(block, bytes, start, end);
    if (error !== null || (flags & END_HEADERS) === 0) return error;
    this.#block = null;
    const { ends, dependsOnItself, bytes: whole } = block;
    return this.#onBlock(id, ends, dependsOnItself, whole, 0, whole.length);
  }

  #addTo(block: OpenBlock, bytes: Buffer, start: number, end: number): ConnectionError | null {
    return block.add(bytes, start, end, 2 * this.#limits.head.bytes + SPARE_BYTES) ? null : TOO_MUCH;
  }

  #onBlock(
    id: number,
    ends: boolean,
    dependsOnItself: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): ConnectionError | null {
    const stream = this.#streams.table.get(id);
    if (stream !== null) {
      if (dependsOnItself) return this.#skip(bytes, start, end, () => this.#fail(stream, 'dependency'));
      return this.#isServer || stream.hasHead
        ? this.#readTrailers(stream, ends, bytes, start, end)
        : this.#readResponse(stream, ends, bytes, start, end);
    }
    if (!this.#streams.isIdle(id)) return this.#skip(bytes, start, end) ?? this.#late(id);
    if (!this.#isServer || id % 2 === 0) return BAD_STREAM_ID;
    this.#streams.lastOfPeer = id;
    if (this.isClosing) {
      // What else comes on it is late, as on one that was reset.
      this.#streams.closed.add(id, 'reset-here');
      this.#listener.onWaste('http2_late_frames', 1);
      return this.#skip(bytes, start, end);
    }
    if (dependsOnItself) return this.#skip(bytes, start, end, () => this.#refuse(id, PROTOCOL_ERROR));
    return this.#readRequest(id, ends, bytes, start, end);
  }

  #readRequest(id: number, ends: boolean, bytes: Buffer, start: number, end: number): ConnectionError | null {
    const stream = this.#listener.onStream();
    if (stream === null) return this.#skip(bytes, start, end, () => this.#refuse(id, REFUSED_STREAM));
    const fields = this.#fields;
    this.#streams.begin(stream, id);
    fields.begin('request', stream.listener.head, this.#limits.head, this.#isServer);
    if (!this.#decoder.decode(bytes, start, end, fields)) return BAD_COMPRESSION;
    fields.end(ends);
    if (fields.flaw !== '') {
      this.#fail(stream, fields.flaw, fields.malformed);
      return null;
    }
    stream.priority = fields.priority;
    stream.owed = fields.contentLength;
    if (ends) this.#streams.endRemote(stream);
    this.#tellHead(stream, 'head', ends);
    return null;
  }

  #readResponse(
    stream: Stream,
    ends: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): ConnectionError | null {
    const fields = this.#fields;
    fields.begin('response', stream.listener.head, this.#limits.head, this.#isServer);
    if (!this.#decoder.decode(bytes, start, end, fields)) return BAD_COMPRESSION;
    fields.end(ends);
    const isInterim = fields.flaw === '' && fields.status < 200;
    // RFC 9113 §8.1: an interim response ends nothing; §8.6: nor is there any switching.
    if (isInterim && (ends || fields.status === 101)) fields.flaw = 'interim response';
    if (fields.flaw !== '') {
      this.#fail(stream, fields.flaw, fields.malformed);
      return null;
    }
    stream.hasHead = !isInterim;
    stream.owed = isInterim ? -1 : fields.contentLength;
    const { id } = stream;
    this.#tellHead(stream, isInterim ? 'interim' : 'head', ends);
    if (!ends || stream.isClosed || stream.id !== id) return null;
    if (stream.owed > 0) this.#fail(stream, 'content-length without content');
    else this.#end(stream, null);
    return null;
  }

  #readTrailers(
    stream: Stream,
    ends: boolean,
    bytes: Buffer,
    start: number,
    end: number,
  ): ConnectionError | null {
    if (!stream.mayReceive)
      return this.#skip(bytes, start, end, () => this.#streams.fail(stream, STREAM_CLOSED));
    const fields = this.#fields;
    const trailers = new Head();
    fields.begin('trailers', trailers, this.#limits.trailers, this.#isServer);
    if (!this.#decoder.decode(bytes, start, end, fields)) return BAD_COMPRESSION;
    fields.end(ends);
    if (!ends) fields.flaw = 'trailers that are not the end';
    else if (stream.owed > 0) fields.flaw = 'less content than content-length';
    else if (fields.flaw === '' && fields.fault !== null) fields.flaw = 'trailers';
    if (fields.flaw === '') this.#end(stream, trailers);
    else this.#fail(stream, fields.flaw, fields.malformed);
    return null;
  }

  /** A block that nobody is told of. */
  #skip(bytes: Buffer, start: number, end: number, then?: () => void): ConnectionError | null {
    if (!this.#decoder.decode(bytes, start, end, NOBODY)) return BAD_COMPRESSION;
    then?.();
    return null;
  }

  // DATA.

  data(id: number, length: number, flags: number): ConnectionError | null {
    const streams = this.#streams;
    this.#reading = null;
    this.#ends = (flags & END_STREAM) !== 0;
    this.#length = length;
    if (id === 0) return OF_THE_CONNECTION;
    if (this.#block !== null) return BLOCK_INTERRUPTED;
    if (!streams.window.allows(length)) return WINDOW_EXCEEDED;
    if ((flags & PADDED) === 0) this.#weigh(length);
    const stream = streams.table.get(id);
    if (stream === null) return streams.isIdle(id) ? IDLE_STREAM : this.#late(id);
    if (!stream.mayReceive) streams.fail(stream, STREAM_CLOSED);
    else if (!this.#isServer && !stream.hasHead) this.#fail(stream, 'data before a head');
    else if (!stream.window.allows(length)) streams.fail(stream, FLOW_CONTROL_ERROR);
    else {
      this.#reading = stream;
      this.#readingId = id;
    }
    return null;
  }

  dataPart(bytes: Buffer, start: number, end: number, lent: boolean): void {
    const stream = this.#reading;
    if (stream === null || stream.id !== this.#readingId || !stream.mayReceive) {
      this.#streams.discard(end - start);
      return;
    }
    if (stream.owed >= 0) {
      stream.owed -= end - start;
      if (stream.owed < 0) {
        this.#streams.discard(end - start);
        this.#fail(stream, 'more content than content-length');
        return;
      }
    }
    this.#streams.received(stream, end - start);
    try {
      stream.listener.onBody(bytes, start, end, lent);
    } catch (error) {
      giveUp(stream.listener, error);
    }
  }

  /** A frame with so much data, unless it is the last: too little is not worth what it costs. */
  #weigh(bytes: number): void {
    if (bytes < LEAST_DATA && !this.#ends) this.#listener.onWaste('http2_small_data', 1 - bytes / LEAST_DATA);
  }

  /** `padding`: bytes of the frame that were no data. */
  dataEnd(padding: number): void {
    if (padding > 0) this.#weigh(this.#length - padding);
    const stream = this.#reading;
    this.#reading = null;
    if (stream === null || stream.id !== this.#readingId || !stream.mayReceive) {
      if (padding > 0) this.#streams.discard(padding);
      return;
    }
    if (padding > 0) {
      this.#streams.received(stream, padding);
      this.#streams.consumed(stream, padding);
    }
    if (!this.#ends) return;
    if (stream.owed > 0) this.#fail(stream, 'less content than content-length');
    else this.#end(stream, null);
  }

  // What becomes of it.

  #tellHead(stream: Stream, kind: HeadKind, ends: boolean): void {
    try {
      stream.listener.onHead(kind, ends, this.#fields);
    } catch (error) {
      giveUp(stream.listener, error);
    }
  }

  /** The message is whole. */
  #end(stream: Stream, trailers: Head | null): void {
    const { id, listener } = stream;
    // It may be all that the stream still waits for: its listener is told of the end before it is told of that.
    const isLast = stream.state === 'half-closed-local';
    if (!isLast) this.#streams.endRemote(stream);
    try {
      listener.onEnd(trailers);
    } catch (error) {
      giveUp(listener, error);
    }
    if (isLast && stream.id === id) this.#streams.endRemote(stream);
  }

  /** A message that is malformed: a stream error (RFC 9113 §8.1.1). */
  #fail(stream: Stream, flaw: string, block: MalformedBlock | null = null): void {
    this.#listener.onMalformed(flaw, block);
    this.#streams.fail(stream, PROTOCOL_ERROR);
  }

  #refuse(id: number, code: number): void {
    this.#streams.refuse(id, code);
    this.#listener.onRefused();
  }

  /** For a stream that is over (RFC 9113 §5.1): what it means depends on how that came. */
  #late(id: number): ConnectionError | null {
    switch (this.#streams.closed.find(id)) {
      case 'whole':
        return CLOSED_STREAM;
      case 'never':
        return BAD_STREAM_ID;
      case 'reset-by-peer':
        this.#refuse(id, STREAM_CLOSED);
        return null;
      default:
        this.#listener.onWaste('http2_late_frames', 1);
        return null;
    }
  }
}
