import assert from 'node:assert/strict';
import { settings } from '../../src/http/h2/frame-text.ts';
import { encodeField } from '../../src/http/hpack/encoder.ts';
import { leftOf, PairEnd } from './http2-pair.ts';
import { bytesOf, type PairStream } from './http2-pair-stream.ts';
import { SETTING } from './raw-http2.ts';

const MOST_OPEN = 12;
const DEFAULT_WINDOW = 65_535;
const REQUEST =
  encodeField(':method', 'POST', false) +
  encodeField(':scheme', 'https', false) +
  encodeField(':authority', 'app.test', false) +
  encodeField(':path', '/', false);
const RESPONSE = encodeField(':status', '200', false);
const TRAILERS = encodeField('x-trailer', '1', false);

/** What is done, to whom (the one of those that are open, counted round), and how much of it. */
export interface Step {
  readonly what:
    | ('open' | 'answer' | 'data' | 'end' | 'trailers' | 'reset' | 'fail' | 'consume' | 'expect' | 'deliver')
    | ('block' | 'unblock' | 'window' | 'ping' | 'announce' | 'close' | 'error' | 'cut');
  readonly byServer: boolean;
  readonly which: number;
  readonly amount: number;
}

/** Two sessions, joined by bytes that are cut anywhere and wait for any time. */
export class PairRun {
  readonly client: PairEnd;
  readonly server: PairEnd;
  /** What each side's streams begin with, as it has told the other last. */
  readonly #initial = new Map<PairEnd, number>();
  #isCut = false;

  /** `window`: of each connection at first. */
  constructor(window: number) {
    this.client = new PairEnd(false, window);
    this.server = new PairEnd(true, window);
    this.client.session.begin();
    this.server.session.begin();
  }

  get isOver(): boolean {
    return this.#isCut || this.client.session.hasFailed || this.server.session.hasFailed;
  }

  step({ what, byServer, which, amount }: Step): void {
    const end = byServer ? this.server : this.client;
    if (this.#isCut) return;
    const { session } = end;
    const { open } = end;
    const stream = open[which % Math.max(open.length, 1)];
    if (what === 'open') this.#open(amount);
    else if (what === 'deliver') this.#deliver(end, amount);
    else if (what === 'block') session.streams.sender.block();
    else if (what === 'unblock') session.streams.sender.unblock();
    else if (what === 'window') this.#tellWindow(end, amount);
    else if (what === 'ping' && session.isOpen) session.ping('are you?');
    else if (what === 'announce' && byServer && session.isOpen) session.announceEnd();
    else if (what === 'close') session.close();
    else if (what === 'error') session.fail({ code: amount % 14, reason: 'an error' });
    else if (what === 'cut') this.#cut();
    else if (stream !== undefined) this.#onStream(end, stream, what, amount);
  }

  #open(amount: number): void {
    const { client } = this;
    if (!client.session.isOpen || client.isUnwanted || client.session.streams.size >= MOST_OPEN) return;
    const { stream } = client.begin();
    client.session.streams.sender.head(stream, REQUEST, amount % 5 === 0);
    if (amount % 5 === 0) client.streams.find((each) => each.stream === stream)!.life.ended = 'plain';
  }

  #onStream(end: PairEnd, each: PairStream, what: Step['what'], amount: number): void {
    const { streams } = end.session;
    const { stream, life } = each;
    const isServer = end === this.server;
    const saysHead = isServer && !this.#answered.has(life);
    if (what === 'reset') streams.reset(stream, 8);
    else if (what === 'fail') streams.fail(stream, 2);
    else if (what === 'consume') end.consume(each, Math.min(each.untaken, amount));
    else if (what === 'expect' && stream.mayReceive) streams.expectBody(stream, amount * 8);
    else if (!stream.maySend) return;
    else if (saysHead) this.#answer(end, each, what, amount);
    else if (what === 'data') this.#data(end, each, amount);
    else if (what === 'end' || what === 'trailers') {
      if (stream.unsent > 0) this.#data(end, each, stream.unsent - this.#waiting(each));
      else this.#end(end, each, what);
    }
  }

  readonly #answered = new WeakSet<object>();

  #answer(end: PairEnd, each: PairStream, what: Step['what'], amount: number): void {
    const { sender } = end.session.streams;
    const { stream, life } = each;
    this.#answered.add(life);
    const ends = what === 'end';
    const states = what === 'answer' && amount > 0;
    const length = states ? encodeField('content-length', String(amount), false) : '';
    if (states) stream.unsent = amount;
    if (ends) life.ended = 'plain';
    sender.head(stream, RESPONSE + length, ends);
  }

  /** Bytes of a stated length that were given to the sender and wait there. */
  #waiting({ stream }: PairStream): number {
    return stream.queue.length;
  }

  #data(end: PairEnd, each: PairStream, amount: number): void {
    const { stream, life } = each;
    const most = stream.unsent < 0 ? amount : Math.min(amount, stream.unsent - this.#waiting(each));
    if (most <= 0) return;
    const bytes = bytesOf(life.id, end === this.server, life.sent, most);
    life.sent += most;
    // With the last of a stated length it ends.
    if (stream.unsent >= 0 && stream.unsent === this.#waiting(each) + most) life.ended = 'plain';
    const lent = amount % 2 === 0;
    end.session.streams.sender.data(stream, bytes, 0, most, lent);
    if (lent) bytes.fill(0xdd);
  }

  #end(end: PairEnd, { stream, life }: PairStream, what: 'end' | 'trailers'): void {
    if (stream.unsent >= 0) return;
    life.ended = what === 'end' ? 'plain' : 'trailers';
    end.session.streams.sender.end(stream, what === 'end' ? null : TRAILERS);
  }

  /** Its streams begin with less than they stand ready for: they are never too small, and the other side heeds it. */
  #tellWindow(end: PairEnd, amount: number): void {
    if (end.session.hasFailed || !end.session.hasSettings) return;
    const initial = Math.min(amount, DEFAULT_WINDOW);
    this.#initial.set(end, initial);
    const name = SETTING.initialWindowSize;
    end.text(settings([name, initial]));
  }

  #deliver(from: PairEnd, count: number): void {
    const bytes = from.take(count);
    if (bytes.length > 0) this.#other(from).read(bytes);
  }

  #other(end: PairEnd): PairEnd {
    return end === this.client ? this.server : this.client;
  }

  #cut(): void {
    this.#isCut = true;
    this.client.session.end();
    this.server.session.end();
  }

  /** Until nothing is on its way. */
  settle(): void {
    while (!this.#isCut && this.client.waiting + this.server.waiting > 0) {
      this.#deliver(this.client, 100_000);
      this.#deliver(this.server, 100_000);
    }
    this.#compare();
  }

  /** With nothing on its way what each side may send is what the other expects. */
  #compare(): void {
    if (this.isOver) return;
    for (const end of [this.client, this.server]) {
      const other = this.#other(end);
      const { streams } = end.session;
      assert.equal(streams.sender.window, leftOf(other.session.streams.window), 'of the connection');
      for (const { stream } of end.open) {
        const theirs = other.session.streams.table.get(stream.id);
        if (theirs === null || !stream.maySend || !theirs.mayReceive) continue;
        const less = DEFAULT_WINDOW - (this.#initial.get(other) ?? DEFAULT_WINDOW);
        assert.equal(stream.sendWindow, leftOf(theirs.window) - less, `of stream ${stream.id}`);
      }
    }
  }

  /** Everything is taken, said to its end and settled; or given up. */
  finish(): void {
    for (let round = 0; !this.isOver && round < 100; round++) {
      for (const end of [this.client, this.server]) {
        this.step({ what: 'window', byServer: end === this.server, which: 0, amount: DEFAULT_WINDOW });
        end.session.streams.sender.unblock();
        for (const stream of end.open) {
          end.consume(stream, stream.untaken);
          if (stream.stream.maySend) this.#onStream(end, stream, 'end', 0);
        }
      }
      this.settle();
      if (this.client.open.length + this.server.open.length === 0) break;
    }
    if (this.isOver) this.#cut();
    this.settle();
  }
}
