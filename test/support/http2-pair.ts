import assert from 'node:assert/strict';
import type { ConnectionError } from '../../src/http/h2/connection-error.ts';
import { HeadFields } from '../../src/http/h2/head-fields.ts';
import type { ReceiveWindow } from '../../src/http/h2/receive-window.ts';
import { WindowRoom } from '../../src/http/h2/receive-window.ts';
import type { Wire } from '../../src/http/h2/sender.ts';
import { Session, type SessionListener } from '../../src/http/h2/session.ts';
import type { Stream } from '../../src/http/h2/stream.ts';
import { decode } from './hpack.ts';
import { contentOf, endsBlock, FrameReader } from './http2-frames.ts';
import { Http2Judge } from './http2-judge.ts';
import { PairStream } from './http2-pair-stream.ts';
import { PREFACE, TYPE } from './raw-http2.ts';

const MOST_STREAMS = 8;
const HEADS = { bytes: 16_384, fields: 100, target: 8000 };

/** What was written: a piece that is lent out stays as it was until it is taken. */
interface Piece {
  readonly bytes: Buffer;
  readonly copy: Buffer;
}

/** One end of a connection without sockets. */
export class PairEnd implements SessionListener, Wire {
  readonly session: Session;
  readonly room = new WindowRoom(3 * 1024 * 1024);
  /** All there ever were. */
  readonly streams: PairStream[] = [];
  readonly #spare: PairStream[] = [];
  readonly #judge: Http2Judge;
  readonly #own: FrameReader;
  readonly #theirs: FrameReader;
  #block: Buffer[] = [];
  #out: Piece[] = [];
  flaws: string[] = [];
  error: ConnectionError | null = null;
  idles = 0;
  /** Whether the other side wants no more streams. */
  isUnwanted = false;
  /** Resets that it bears before it gives the connection up. */
  patience = Number.POSITIVE_INFINITY;

  constructor(isServer: boolean, window: number) {
    const limits = { head: HEADS, trailers: HEADS };
    const plan = { isServer, settings: [], limits, window, room: this.room };
    this.session = new Session(plan, this, new HeadFields(), this);
    // It stands on this side, and judges the other.
    this.#judge = new Http2Judge(isServer ? 'server' : 'client');
    this.#own = new FrameReader(isServer ? 0 : PREFACE.length);
    this.#theirs = new FrameReader(isServer ? PREFACE.length : 0);
  }

  get wrongs(): readonly string[] {
    return this.#judge.wrongs;
  }

  /** Those that are not over. */
  get open(): PairStream[] {
    return this.streams.filter(({ stream }) => !stream.isClosed);
  }

  get waiting(): number {
    return this.#out.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  text(text: string): void {
    this.bytes(Buffer.from(text, 'latin1'), 0, text.length, false);
  }

  bytes(bytes: Buffer, start: number, end: number, borrowed: boolean): void {
    const copy = Buffer.from(bytes.subarray(start, end));
    for (const frame of this.#own.push(copy)) this.#judge.sent(frame);
    this.#out.push({ bytes: borrowed ? copy : bytes.subarray(start, end), copy });
  }

  /** The first of what waits, for the other side. */
  take(count: number): Buffer {
    const all = this.#out.splice(0);
    for (const { bytes, copy } of all)
      assert.ok(bytes.equals(copy), 'bytes were changed before they went out');
    const whole = Buffer.concat(all.map(({ copy }) => copy));
    const rest = whole.subarray(Math.min(count, whole.length));
    if (rest.length > 0) this.#out.push({ bytes: rest, copy: Buffer.from(rest) });
    return Buffer.from(whole.subarray(0, count));
  }

  /** The buffer is somebody else's behind it. */
  read(bytes: Buffer): void {
    for (const frame of this.#theirs.push(Buffer.from(bytes))) {
      const carries = frame.type === TYPE.headers || frame.type === TYPE.continuation;
      if (carries) this.#block.push(contentOf(frame));
      const isWhole = carries && endsBlock(frame);
      this.#judge.heard(frame, isWhole ? decode(Buffer.concat(this.#block.splice(0))) : null);
    }
    this.session.read(bytes, bytes.length);
    bytes.fill(0xee);
  }

  /** A stream that is begun here. */
  begin(): PairStream {
    const stream = this.#next();
    const id = this.session.streams.nextOwn;
    this.session.streams.nextOwn += 2;
    stream.begin(id);
    this.session.streams.begin(stream.stream, id);
    return stream;
  }

  onStream(): Stream | null {
    if (this.session.streams.size >= MOST_STREAMS) return null;
    const stream = this.#next();
    // Its id is not known here, but is the highest by now.
    stream.begin(this.session.streams.lastOfPeer);
    return stream.stream;
  }

  #next(): PairStream {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    const made = new PairStream(this.session.streams.nextOwn % 2 === 0, this.session.streams.room, {
      onReset: (by) => {
        if (by === 'peer' && --this.patience < 0) this.session.fail({ code: 11, reason: 'patience' });
      },
      onClosed: (stream) => {
        this.consume(stream, stream.untaken);
        this.#spare.push(stream);
      },
    });
    this.streams.push(made);
    return made;
  }

  consume(stream: PairStream, bytes: number): void {
    stream.untaken -= bytes;
    if (bytes > 0) this.session.streams.consumed(stream.stream, bytes);
  }

  onMalformed(flaw: string): void {
    this.flaws.push(flaw);
  }

  onRefused(): void {}
  onWaste(): void {}
  onSettings(): void {}

  onPong(): void {}

  onGoaway(): void {
    this.isUnwanted = true;
  }

  onIdle(): void {
    this.idles++;
  }

  onFailed(error: ConnectionError): void {
    this.error = error;
  }
}

/** What may still come into a window: the most that it allows. */
export function leftOf(window: ReceiveWindow): number {
  let [fits, beyond] = [0, window.size + 1];
  while (beyond - fits > 1) {
    const middle = Math.floor((fits + beyond) / 2);
    if (window.allows(middle)) fits = middle;
    else beyond = middle;
  }
  return fits;
}
