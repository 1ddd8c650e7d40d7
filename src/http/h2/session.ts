import {
  ACK,
  CANCEL,
  CONTINUATION,
  END_HEADERS,
  GOAWAY,
  HEADERS,
  HTTP_1_1_REQUIRED,
  INITIAL_WINDOW_SIZE,
  MAX_STREAM_ID,
  MAX_WINDOW,
  NO_ERROR,
  PING,
  PRIORITY,
  PRIORITY_UPDATE,
  PROTOCOL_ERROR,
  PUSH_PROMISE,
  REFUSED_STREAM,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './codes.ts';
import {
  BAD_SETTING,
  BAD_SIZE,
  BLOCK_INTERRUPTED,
  type ConnectionError,
  DEPENDS_ON_ITSELF,
  GIVEN_UP,
  IDLE_STREAM,
  NO_CREDIT,
  NO_SETTINGS,
  NO_STREAM,
  NOT_FROM_HERE,
  OF_A_STREAM,
  OF_THE_CONNECTION,
  WINDOW_OVERFLOW,
} from './connection-error.ts';
import { type FrameListener, FrameReader } from './frame-reader.ts';
import { goaway, PREFACE, ping, settings, windowUpdate } from './frame-text.ts';
import type { HeadFields } from './head-fields.ts';
import { streamIdAt } from './header-block.ts';
import { type MessageLimits, type MessageListener, Messages } from './messages.ts';
import { parsePriority } from './priority.ts';
import type { WindowRoom } from './receive-window.ts';
import type { Wire } from './sender.ts';
import { ENTRY } from './settings.ts';
import { Streams } from './streams.ts';

/** Whose connection it is: what it hears of all streams together. */
export interface SessionListener extends MessageListener {
  /** The other side has told what it allows, as `Streams.peer` has it now. */
  onSettings(): void;
  onPong(): void;
  /** The other side begins no more streams, and takes no more of ours; those that it has not seen are lost next. */
  onGoaway(): void;
  /** No stream is left. */
  onIdle(): void;
  /** It cannot go on. GOAWAY is written, and all streams are lost. */
  onFailed(error: ConnectionError): void;
}

/** What an end of a connection is, and asks of the other. */
export interface SessionPlan {
  readonly isServer: boolean;
  /** Names and values in turn. */
  readonly settings: readonly number[];
  readonly limits: MessageLimits;
  /** Bytes of all streams that may be on their way to here at first. */
  readonly window: number;
  /** What all windows of a thread may grow by. */
  readonly room: WindowRoom;
}

type State = 'open' | 'closing' | 'failed';

/**
 * HTTP/2 on one connection (RFC 9113): bytes in, events and bytes out. Knows of no socket and no clock. Frames of a
 * stream go to `Messages`, those of the connection are dealt with here.
 */
export class Session implements FrameListener {
  readonly streams: Streams;
  readonly #plan: SessionPlan;
  readonly #wire: Wire;
  readonly #listener: SessionListener;
  readonly #reader: FrameReader;
  readonly #messages: Messages;
  #state: State = 'open';
  #hasSettings = false;
  /** Whether the other side has taken our settings, which are told once. */
  #isAcknowledged = false;
  #pings = 0;
  #hasGoaway = false;
  /** Whether what is read now may not be kept. */
  #isLent = false;
  /** The last stream of the other side that is served: what has been said of that never grows (RFC 9113 §6.8). */
  #lastTaken = MAX_STREAM_ID;
  /** Frames that have come whole. */
  frames = 0;
  /** Parts of bodies that have been handed on where they lie. */
  parts = 0;
  /** Why it cannot go on; `null`: it can, or its connection is gone. */
  failure: ConnectionError | null = null;

  /** `fields`: one for all connections of a thread. */
  constructor(plan: SessionPlan, wire: Wire, fields: HeadFields, listener: SessionListener) {
    this.#plan = plan;
    this.#wire = wire;
    this.#listener = listener;
    const { isServer, limits, window, room } = plan;
    this.#reader = new FrameReader(this, isServer);
    this.streams = new Streams(wire, isServer ? 2 : 1, window, room, listener);
    this.#messages = new Messages(this.streams, isServer, limits, fields, listener);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get hasFailed(): boolean {
    return this.#state === 'failed';
  }

  /** Whether the other side has told what it allows. */
  get hasSettings(): boolean {
    return this.#hasSettings;
  }

  /** Whether an answer to a PING is still to come. */
  get awaitsPong(): boolean {
    return this.#pings > 0;
  }

  /** Whether the other side has begun something that has to come whole before anything else can. */
  get isOwed(): boolean {
    return this.#reader.isWithin || this.#messages.isWithinBlock;
  }

  /** Bytes that a header block takes of which a part has come. */
  get heldBytes(): number {
    return this.#messages.heldBytes;
  }

  /** What this side says first. */
  begin(): void {
    const { isServer, settings: own } = this.#plan;
    const text = (isServer ? '' : PREFACE) + settings(own);
    const { firstIncrement } = this.streams;
    this.#wire.text(firstIncrement > 0 ? text + windowUpdate(0, firstIncrement) : text);
  }

  /** The first `count` of them. Parts of bodies are handed on where they lie. `lent`: they are good until this answers. */
  read(bytes: Buffer, count: number, lent = false): void {
    this.#isLent = lent;
    this.#reader.read(bytes, 0, count);
  }

  /** Asks for a sign of life. `data`: 8 bytes. */
  ping(data: string): void {
    this.#pings++;
    this.#wire.text(ping(data, 0));
  }

  /** No more streams of the other side are wanted; what it has on its way is still served (RFC 9113 §6.8). */
  announceEnd(): void {
    this.#wire.text(goaway(MAX_STREAM_ID, NO_ERROR, ''));
  }

  /** From now on none is served; what it begins it may begin elsewhere. */
  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#messages.isClosing = true;
    this.#lastTaken = this.streams.lastOfPeer;
    this.#wire.text(goaway(this.#lastTaken, NO_ERROR, ''));
  }

  /** A connection error: says so, and gives all up. */
  fail(error: ConnectionError): void {
    if (this.#state === 'failed') return;
    this.#state = 'failed';
    this.failure = error;
    this.#messages.isClosing = true;
    this.#reader.end();
    const last = Math.min(this.#lastTaken, this.streams.lastOfPeer);
    this.#wire.text(goaway(last, error.code, error.reason));
    this.streams.loseAll(error.code, 'connection');
    this.#listener.onFailed(error);
  }

  /** The connection under it is gone. */
  end(): void {
    this.#state = 'failed';
    this.#reader.end();
    this.streams.loseAll(CANCEL, 'connection');
  }

  onBadFrame(code: number, reason: string): void {
    this.fail({ code, reason });
  }

  onDataFrame(streamId: number, length: number, flags: number): void {
    this.#judge(this.#hasSettings ? this.#messages.data(streamId, length, flags) : NO_SETTINGS);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    this.parts++;
    this.#messages.dataPart(bytes, start, end, this.#isLent);
  }

  onDataFrameEnd(padding: number): void {
    if (this.#state !== 'failed') this.#messages.dataEnd(padding);
  }

  onFrame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    // Of a header block only the last one counts.
    if (type !== CONTINUATION || (flags & END_HEADERS) !== 0) this.frames++;
    // RFC 9113 §3.4
    if (!this.#hasSettings && (type !== SETTINGS || (flags & ACK) !== 0)) this.fail(NO_SETTINGS);
    else if (this.#messages.isWithinBlock && type !== CONTINUATION) this.fail(BLOCK_INTERRUPTED);
    else this.#judge(this.#take(type, flags, id, bytes, start, end));
  }

  #judge(error: ConnectionError | null): void {
    if (error !== null) this.fail(error);
  }

  #take(
    type: number,
    flags: number,
    id: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): ConnectionError | null {
    switch (type) {
      case HEADERS:
        return this.#messages.headers(flags, id, bytes, start, end);
      case CONTINUATION:
        return this.#messages.continuation(flags, id, bytes, start, end);
      case WINDOW_UPDATE:
        return end - start === 4 ? this.#onWindowUpdate(id, streamIdAt(bytes, start)) : BAD_SIZE;
      case RST_STREAM:
        return end - start === 4 ? this.#onReset(id, bytes.readUInt32BE(start)) : BAD_SIZE;
      case SETTINGS:
        return id === 0 ? this.#onSettings(flags, bytes, start, end) : OF_A_STREAM;
      case PING:
        return id === 0 ? this.#onPing(flags, bytes, start, end) : OF_A_STREAM;
      case GOAWAY:
        return id === 0 ? this.#onGoaway(bytes, start, end) : OF_A_STREAM;
      case PRIORITY:
        return this.#onPriority(id, bytes, start, end);
      case PRIORITY_UPDATE:
        return id === 0 ? this.#onPriorityUpdate(bytes, start, end) : OF_A_STREAM;
      case PUSH_PROMISE:
        return NOT_FROM_HERE;
      default:
        // RFC 9113 §5.5
        this.#listener.onWaste('http2_unknown_frames', 1);
        return null;
    }
  }

  #onWindowUpdate(id: number, increment: number): ConnectionError | null {
    this.#listener.onWaste('http2_window_updates', 1);
    const { streams } = this;
    const { sender } = streams;
    if (id === 0) {
      if (increment === 0) return NO_CREDIT;
      sender.window += increment;
      if (sender.window > MAX_WINDOW) return WINDOW_OVERFLOW;
    } else {
      const stream = streams.table.get(id);
      if (stream === null) return streams.isIdle(id) ? IDLE_STREAM : null;
      if (increment === 0) streams.fail(stream, PROTOCOL_ERROR);
      else if (!streams.widen(stream, increment)) streams.fail(stream, WINDOW_OVERFLOW.code);
    }
    sender.pump();
    return null;
  }

  #onReset(id: number, code: number): ConnectionError | null {
    if (id === 0) return OF_THE_CONNECTION;
    const stream = this.streams.table.get(id);
    if (stream !== null)
      this.streams.lostByPeer(stream, code, code === REFUSED_STREAM || code === HTTP_1_1_REQUIRED);
    else if (this.streams.isIdle(id)) return IDLE_STREAM;
    else this.#listener.onWaste('http2_late_frames', 1);
    return null;
  }

  #onSettings(flags: number, bytes: Buffer, start: number, end: number): ConnectionError | null {
    if ((flags & ACK) !== 0) return start === end ? this.#onSettingsAck() : BAD_SIZE;
    if ((end - start) % ENTRY !== 0) return BAD_SIZE;
    if (this.#hasSettings) this.#listener.onWaste('http2_settings', 1 + (end - start) / ENTRY / 8);
    this.#hasSettings = true;
    const { peer, sender } = this.streams;
    for (let at = start; at < end; at += ENTRY) {
      const name = bytes.readUInt16BE(at);
      const value = bytes.readUInt32BE(at + 2);
      const { initialWindow, headerTable } = peer;
      const code = peer.take(name, value, !this.#plan.isServer);
      if (code !== null) return code === PROTOCOL_ERROR ? BAD_SETTING : WINDOW_OVERFLOW;
      if (name === INITIAL_WINDOW_SIZE && !this.streams.shiftWindows(value - initialWindow))
        return WINDOW_OVERFLOW;
      if (peer.headerTable < headerTable) sender.noteSmallerTable();
    }
    sender.maxFrame = Math.min(peer.maxFrame, MOST_PER_FRAME);
    this.#wire.text(SETTINGS_ACK);
    this.#listener.onSettings();
    sender.pump();
    return null;
  }

  #onSettingsAck(): null {
    if (this.#isAcknowledged) this.#listener.onWaste('http2_settings', 1);
    this.#isAcknowledged = true;
    return null;
  }

  #onPing(flags: number, bytes: Buffer, start: number, end: number): ConnectionError | null {
    if (end - start !== 8) return BAD_SIZE;
    if ((flags & ACK) === 0) {
      this.#listener.onWaste('http2_pings', 1);
      this.#wire.text(ping(bytes.toString('latin1', start, end), ACK));
    } else if (this.#pings > 0) {
      this.#pings--;
      this.#listener.onPong();
    } else {
      this.#listener.onWaste('http2_pings', 1);
    }
    return null;
  }

  #onGoaway(bytes: Buffer, start: number, end: number): ConnectionError | null {
    if (end - start < 8) return BAD_SIZE;
    const lastStream = streamIdAt(bytes, start);
    const code = bytes.readUInt32BE(start + 4);
    if (this.#hasGoaway) this.#listener.onWaste('http2_late_frames', 1);
    this.#hasGoaway = true;
    this.#listener.onGoaway();
    if (this.#plan.isServer) return null;
    this.streams.loseAll(REFUSED_STREAM, 'peer', lastStream);
    // Of a connection that the other side has given up nothing more comes (RFC 9113 §5.4.1).
    return code === NO_ERROR ? null : GIVEN_UP;
  }

  /** Of no meaning any more, but for its form (RFC 9113 §5.3.2, §6.3). */
  #onPriority(id: number, bytes: Buffer, start: number, end: number): ConnectionError | null {
    this.#listener.onWaste('http2_priorities', 1);
    if (id === 0) return OF_THE_CONNECTION;
    const isItself = this.#plan.isServer && end - start === 5 && streamIdAt(bytes, start) === id;
    if (end - start === 5 && !isItself) return null;
    const error = isItself ? DEPENDS_ON_ITSELF : BAD_SIZE;
    const stream = this.streams.table.get(id);
    // An error of its stream: of one that is over nobody is to hear, and one that has not begun cannot be reset.
    if (stream !== null) this.streams.fail(stream, error.code);
    else if (this.streams.isIdle(id)) return error;
    return null;
  }

  /** RFC 9218 §7.1. */
  #onPriorityUpdate(bytes: Buffer, start: number, end: number): ConnectionError | null {
    this.#listener.onWaste('http2_priorities', 1);
    if (!this.#plan.isServer) return NOT_FROM_HERE;
    if (end - start < 4) return BAD_SIZE;
    const id = streamIdAt(bytes, start);
    if (id === 0) return NO_STREAM;
    const stream = this.streams.table.get(id);
    if (stream !== null) stream.priority = parsePriority(bytes.toString('latin1', start + 4, end));
    return null;
  }
}

const SETTINGS_ACK = settings([], ACK);
/** More of one response in a piece would hold up the others. Bytes. */
const MOST_PER_FRAME = 16_384;
