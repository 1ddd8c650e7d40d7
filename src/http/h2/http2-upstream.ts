import { type ClientHttp2Stream, constants } from 'node:http2';
import type { Owner } from '../../boundary/owner.ts';
import { Deadline } from '../../time/deadline.ts';
import type { DialTimes } from '../attempt-times.ts';
import type { BodyEncoding } from '../connection/body-writer.ts';
import type { Exchange } from '../exchange.ts';
import type { HttpProxy } from '../http-proxy.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser } from '../message/head-parser.ts';
import { Response } from '../message/response.ts';
import type { FailureClass } from '../policy/failure.ts';
import { responseFault } from '../policy/response-fault.ts';
import { MAX_INTERIM } from '../policy/response-lines.ts';
import type { Upstream } from '../upstream.ts';
import type { BackendSession } from './backend-session.ts';
import { CUT_OFF } from './cut-off.ts';
import { requestFields } from './request-fields.ts';
import { trailerFields, trailerText } from './response-fields.ts';
import { responseHeadText } from './response-head.ts';

type State =
  /** The session is still being made. */
  | 'waiting'
  | 'ready'
  /** The request is being sent, nothing has come back. */
  | 'asking'
  /** The response's head has. */
  | 'answering'
  | 'over';

/** One HTTP/2 stream to a backend: one request and its response. */
export class Http2Upstream implements Upstream, Owner {
  readonly kind = 'stream';
  readonly times: DialTimes;
  readonly #proxy: HttpProxy;
  readonly #session: BackendSession;
  readonly #response = new Response();
  readonly #deadline = new Deadline(this, () => this.#onTimeout());
  /** Armed while the backend takes nothing; made when that first happens. */
  #stall: Deadline | null = null;
  #state: State = 'waiting';
  #exchange: Exchange | null = null;
  #stream: ClientHttp2Stream | null = null;
  #toHead = false;
  #interim = 0;
  #requestDone = false;
  /** Of the request, and of the response. */
  #ownTrailers: Head | null = null;
  #trailers: Head | null = null;
  /** Body bytes the response still owes by its own account. */
  #owed = 0;

  reused = false;

  constructor(proxy: HttpProxy, session: BackendSession) {
    this.#proxy = proxy;
    this.#session = session;
    this.times = session.dial;
    if (session.isOpen) this.#state = 'ready';
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  claim(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  backendIsSilentSince(at: number): boolean {
    return this.#session.backendAnsweredAt < at;
  }

  // While the session is being made.

  onSessionOpen(): void {
    this.#state = 'ready';
    this.#guard((exchange) => exchange.onUpstreamReady());
  }

  /** The backend speaks HTTP/1.1 alone. */
  onSessionMoved(other: Upstream): void {
    this.#state = 'over';
    this.#guard((exchange) => {
      this.#exchange = null;
      exchange.onUpstreamMoved(other);
    });
  }

  onSessionFailed(failure: FailureClass, cause: string): void {
    this.#state = 'over';
    this.#guard((exchange) => exchange.onUpstreamFailed(failure, cause));
  }

  // The request.

  send(head: string, encoding: BodyEncoding, toHead: boolean): void {
    this.#state = 'asking';
    this.#toHead = toHead;
    this.reused = this.#session.served > 0;
    // In HTTP/1.1 only a chunked body can have trailers.
    const options = { endStream: encoding === 'none', waitForTrailers: encoding === 'chunked' };
    const stream = this.#session.request(requestFields(head, this.#session.scheme), options);
    this.#stream = stream;
    stream.on('response', (_, flags, fields) => this.#guard((each) => this.#onHead(each, flags, fields)));
    stream.on('continue', () => this.#guard((each) => this.#onInterim(each, [':status', '100'])));
    stream.on('headers', (_, __, fields) => this.#guard((each) => this.#onInterim(each, fields)));
    stream.on('data', (bytes: Buffer) => this.#guard((each) => this.#onData(each, bytes)));
    stream.on('trailers', (_, __, fields) => this.#guard((each) => this.#onTrailers(each, fields)));
    stream.on('end', () => this.#guard((each) => this.#onEnd(each)));
    stream.on('drain', () => this.#guard((each) => this.#onDrain(each)));
    if (options.waitForTrailers) stream.on('wantTrailers', () => this.#sendTrailers(stream));
    // What it means is told by the code that `close` finds.
    stream.on('error', () => {});
    stream.on('close', () => this.#onClose());
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    const stream = this.#stream!;
    if (stream.destroyed || stream.writableEnded || stream.write(bytes.subarray(start, end))) return;
    this.#stall ??= new Deadline(this, () => this.#onTimeout('stalled write'));
    this.#proxy.deadlines.stalledWrite.arm(this.#stall, this.#proxy.now);
    this.#exchange?.onUpstreamFull();
  }

  flush(): boolean {
    return false;
  }

  endRequest(trailers: Head | null): void {
    this.#requestDone = true;
    this.#ownTrailers = trailers;
    const stream = this.#stream!;
    if (!stream.destroyed && !stream.writableEnded) stream.end();
    this.#expectMore();
  }

  #sendTrailers(stream: ClientHttp2Stream): void {
    // None at all is an empty frame that ends the stream.
    stream.sendTrailers(this.#ownTrailers === null ? {} : trailerFields(this.#ownTrailers));
  }

  #onDrain(exchange: Exchange): void {
    this.#stall?.disarm();
    exchange.onUpstreamDrain();
  }

  // The response.

  #onInterim(exchange: Exchange, fields: readonly string[]): void {
    if (++this.#interim > MAX_INTERIM) {
      exchange.onUpstreamFailed('malformed', 'too many 1xx responses');
      return;
    }
    const head = this.#read(exchange, fields);
    if (head !== null) exchange.onInterim(head, this.#response);
  }

  #onHead(exchange: Exchange, flags: number, fields: readonly string[]): void {
    this.#session.noteAnswer();
    const head = this.#read(exchange, fields);
    if (head === null) return;
    this.#response.cameOverHttp2((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    this.#owed = Math.max(this.#response.bodyLength, 0);
    this.#state = 'answering';
    this.#expectMore();
    exchange.onResponseHead(head, this.#response);
  }

  /** `null` when the exchange has been told that it cannot be relayed. */
  #read(exchange: Exchange, fields: readonly string[]): Head | null {
    const { settings } = this.#proxy;
    const parser = new HeadParser('response', settings.responseHead);
    const bytes = Buffer.from(responseHeadText(fields), 'latin1');
    const next = parser.parse(bytes, 0, bytes.length);
    if (next !== bytes.length) {
      const cause =
        next === FAULT ? responseFault(parser.fault, settings) : 'malformed response: bad_field_value';
      exchange.onUpstreamFailed('malformed', cause);
      return null;
    }
    const fault = this.#response.read(parser.head, this.#toHead);
    if (fault !== null) {
      exchange.onUpstreamFailed('malformed', `malformed response: ${fault.name}`);
      return null;
    }
    return parser.head;
  }

  #onData(exchange: Exchange, bytes: Buffer): void {
    if (this.#state !== 'answering' || this.#response.bodyLength === 0) return;
    this.#owed -= bytes.length;
    this.#expectMore();
    exchange.onResponseBody(bytes, 0, bytes.length, false);
  }

  #onTrailers(exchange: Exchange, fields: readonly string[]): void {
    const parser = new HeadParser('trailers', this.#proxy.settings.responseHead);
    const bytes = Buffer.from(trailerText(fields), 'latin1');
    if (parser.parse(bytes, 0, bytes.length) === bytes.length) this.#trailers = parser.head;
    else exchange.onUpstreamFailed('malformed', 'malformed trailers');
  }

  #onEnd(exchange: Exchange): void {
    const stream = this.#stream!;
    // Node ends what it can read also where the stream was cut off: only `close` knows better.
    const whole = this.#state === 'answering' && !stream.destroyed && stream.rstCode === 0;
    if (!whole || (this.#response.bodyLength > 0 && this.#owed > 0)) return;
    exchange.onResponseEnd(this.#trailers);
  }

  pause(): void {
    this.#stream?.pause();
    this.#deadline.disarm();
  }

  resume(): void {
    this.#stream?.resume();
    this.#expectMore();
  }

  /** While the request is under way the backend may rightly wait for more of it, as in gRPC's streams. */
  #expectMore(): void {
    if (!this.#requestDone || this.#exchange === null) return;
    const { firstByte, responseIdle } = this.#proxy.deadlines;
    const list = this.#state === 'answering' ? responseIdle : firstByte;
    list.arm(this.#deadline, this.#proxy.now);
  }

  // The end.

  release(): void {
    // RFC 9113 §8.1: a response may be whole before its request is; the rest is not wanted.
    if (this.#requestDone) this.#leave();
    else this.destroy();
  }

  destroy(): void {
    const before = this.#state;
    this.#leave();
    if (before === 'waiting') this.#session.leave(this);
    else if (before === 'asking' || before === 'answering') this.#cut(this.#stream!);
  }

  /** `close` may send END_STREAM before its RST_STREAM, and a request that was cut off would look whole. */
  #cut(stream: ClientHttp2Stream): void {
    if (this.#requestDone) stream.close(constants.NGHTTP2_CANCEL);
    else stream.destroy(CUT_OFF);
  }

  #leave(): void {
    this.#state = 'over';
    this.#exchange = null;
    this.#deadline.disarm();
    this.#stall?.disarm();
  }

  #onTimeout(cause = this.#state === 'asking' ? 'no response in time' : 'response idle timeout'): void {
    this.#guard((exchange) => exchange.onUpstreamFailed('timeout', cause));
  }

  #onClose(): void {
    const answered = this.#state === 'answering';
    this.#deadline.disarm();
    this.#stall?.disarm();
    this.#guard((exchange) => {
      const { failure, cause } = this.#session.whyClosed(this.#stream!, answered);
      this.#state = 'over';
      exchange.onUpstreamFailed(failure, cause);
    });
  }

  #guard(step: (exchange: Exchange) => void): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    try {
      step(exchange);
    } catch (error) {
      this.#panic(error, exchange);
    }
  }

  panic(error: unknown): void {
    this.#panic(error, this.#exchange);
  }

  #panic(error: unknown, exchange: Exchange | null): void {
    this.destroy();
    exchange?.downstream.panic(error);
  }
}
