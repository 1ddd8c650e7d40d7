import assert from 'node:assert/strict';
import type { WindowRoom } from '../../src/http/h2/receive-window.ts';
import type { HeadKind, ResetBy, StreamListener } from '../../src/http/h2/stream.ts';
import { Stream } from '../../src/http/h2/stream.ts';
import { Head } from '../../src/http/message/head.ts';

/** What one life of a stream has been told and has said, on one side. */
export interface Life {
  readonly id: number;
  /** Bytes that were given to the sender, and that came. */
  sent: number;
  received: number;
  /** Whether this side has said its end, and whether it said so with trailers. */
  ended: 'no' | 'plain' | 'trailers';
  heads: number;
  /** How the other side's message came to its end. */
  end: 'open' | 'plain' | 'trailers';
  reset: 'no' | ResetBy;
  closed: boolean;
}

interface Hears {
  onReset(by: ResetBy): void;
  onClosed(stream: PairStream): void;
}

/** Byte `at` of what one side sends on a stream: no two streams, sides or places are alike for long. */
function byteAt(id: number, fromServer: boolean, at: number): number {
  return (id * 31 + at * 7 + (at >>> 8) * 13 + (fromServer ? 101 : 0)) & 0xff;
}

export function bytesOf(id: number, fromServer: boolean, from: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; at++) bytes[at] = byteAt(id, fromServer, from + at);
  return bytes;
}

/** One side's stream, used again and again as the router's are; checks what it is told against what may be. */
export class PairStream implements StreamListener {
  readonly kind = 'stream';
  readonly head = new Head();
  readonly stream: Stream;
  readonly lives: Life[] = [];
  /** Bytes that came and are not in other hands. */
  untaken = 0;
  isFull = false;
  readonly #isServer: boolean;
  readonly #after: Hears;

  constructor(isServer: boolean, room: WindowRoom, after: Hears) {
    this.#isServer = isServer;
    this.#after = after;
    this.stream = new Stream(this, room);
  }

  get life(): Life {
    return this.lives.at(-1)!;
  }

  begin(id: number): void {
    assert.equal(this.untaken, 0, 'something of an earlier life is untaken');
    const fresh = {
      sent: 0,
      received: 0,
      heads: 0,
      ended: 'no',
      end: 'open',
      reset: 'no',
      closed: false,
    } as const;
    this.lives.push({ id, ...fresh });
    this.isFull = false;
  }

  onHead(_: HeadKind, __: boolean): void {
    this.#isOpen('head');
    assert.equal(++this.life.heads, 1, 'one head');
    assert.equal(this.life.received, 0);
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    this.#isOpen('body');
    const { life } = this;
    const due = bytesOf(life.id, !this.#isServer, life.received, end - start);
    assert.equal(bytes.compare(due, 0, due.length, start, end), 0, `bytes of stream ${life.id}`);
    life.received += end - start;
    this.untaken += end - start;
  }

  onEnd(trailers: Head | null): void {
    this.#isOpen('end');
    assert.equal(this.life.heads, 1);
    this.life.end = trailers === null ? 'plain' : 'trailers';
  }

  onFull(): void {
    assert.equal(this.isFull, false, 'full twice');
    this.isFull = true;
  }

  onDrain(): void {
    assert.equal(this.isFull, true, 'drained, and was not full');
    assert.equal(this.life.closed, false);
    this.isFull = false;
  }

  onReset(_: number, by: ResetBy): void {
    assert.deepEqual([this.life.reset, this.life.closed], ['no', false], 'lost once');
    this.life.reset = by;
    this.#after.onReset(by);
  }

  onClosed(): void {
    assert.equal(this.life.closed, false, 'closed once');
    this.life.closed = true;
    this.#after.onClosed(this);
  }

  panic(error: unknown): void {
    throw error;
  }

  #isOpen(what: string): void {
    const { id, end, closed, reset } = this.life;
    assert.deepEqual([end, closed, reset], ['open', false, 'no'], `${what} on ${id} is too late`);
  }
}
