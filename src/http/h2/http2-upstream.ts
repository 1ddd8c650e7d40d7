import { type ClientHttp2Stream, constants } from 'node:http2';
import { giveUp } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { Deadline } from '../../time/deadline.ts';
import type { BodyEncoding } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser } from '../message/head-parser.ts';
import type { OutgoingHead } from '../message/head-sink.ts';
import { Response } from '../message/response.ts';
import type { FailureClass } from '../policy/failure.ts';
import { responseFault } from '../policy/response-fault.ts';
import { MAX_INTERIM } from '../policy/response-lines.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { DialTimes, Upstream, UpstreamListener } from '../upstream.ts';
import type { BackendSession } from './backend-session.ts';
import { CUT_OFF } from './cut-off.ts';
import { fieldsOf } from './field-list.ts';
import { responseHeadText } from './response-head.ts';
import { trailerFields, trailerText } from './trailer-fields.ts';

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
  readonly #context: ProxyContext;
  readonly #session: BackendSession;
  readonly #response = new Response();
  readonly #deadline = new Deadline(this, () => this.#onTimeout());
  /** Armed while the backend takes nothing; made when that first happens. */
  #stall: Deadline | null = null;
  #state: State = 'waiting';
  #listener: UpstreamListener | null = null;
  #stream: ClientHttp2Stream | null = null;
  #toHead = false;
  #interim = 0;
  #requestDone = false;
  /** Node has yet to ask for the request's trailers. */
  #owesTrailers = false;
  /** Of the request, and of the response. */
  #ownTrailers: Head | null = null;
  #trailers: Head | null = null;
  /** Body bytes the response still owes by its own account. */
  #owed = 0;

  reused = false;

  constructor(context: ProxyContext, session: BackendSession) {
    this.#context = context;
    this.#session = session;
    this.times = session.dial;
    if (session.isOpen) this.#state = 'ready';
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  claim(listener: UpstreamListener): void {
    this.#listener = listener;
  }

  backendIsSilentSince(at: number): boolean {
    return this.#session.backendAnsweredAt < at;
  }

  // While the session is being made.

  onSessionOpen(): void {
    this.#state = 'ready';
    this.#guard((listener) => listener.onUpstreamReady());
  }

  /** The backend speaks HTTP/1.1 alone. */
  onSessionMoved(other: Upstream): void {
    this.#state = 'over';
    this.#guard((listener) => {
      this.#listener = null;
      listener.onUpstreamMoved(other);
    });
  }

  onSessionFailed(failure: FailureClass, cause: string): void {
    this.#state = 'over';
    this.#guard((listener) => listener.onUpstreamFailed(failure, cause));
  }

  // The request.

  send(head: OutgoingHead, encoding: BodyEncoding, toHead: boolean): void {
    const fields = fieldsOf(head, this.#session.scheme);
    this.#state = 'asking';
    this.#toHead = toHead;
    this.reused = this.#session.served > 0;
    // In HTTP/1.1 only a chunked body can have trailers.
    const options = { endStream: encoding === 'none', waitForTrailers: encoding === 'chunked' };
    const stream = this.#session.request(fields, options);
    this.#stream = stream;
    on(stream, 'response', this, (_, flags, fields) =>
      this.#guard((each) => this.#onHead(each, flags, fields)),
    );
    on(stream, 'continue', this, () => this.#guard((each) => this.#onInterim(each, [':status', '100'])));
    on(stream, 'headers', this, (_, __, fields) => this.#guard((each) => this.#onInterim(each, fields)));
    on(stream, 'data', this, (bytes: Buffer) => this.#guard((each) => this.#onData(each, bytes)));
    on(stream, 'trailers', this, (_, __, fields) => this.#guard((each) => this.#onTrailers(each, fields)));
    on(stream, 'end', this, () => this.#guard((each) => this.#onEnd(each)));
    on(stream, 'drain', this, () => this.#guard((each) => this.#onDrain(each)));
    this.#owesTrailers = options.waitForTrailers;
    if (options.waitForTrailers) on(stream, 'wantTrailers', this, () => this.#sendTrailers(stream));
    on(stream, 'close', this, () => this.#onClose());
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    const stream = this.#stream!;
    if (stream.destroyed || stream.writableEnded || stream.write(bytes.subarray(start, end))) return;
    this.#stall ??= new Deadline(this, () => this.#onTimeout('stalled write'));
    this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
    this.#listener?.onUpstreamFull();
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
    this.#owesTrailers = false;
    // None at all is an empty frame that ends the stream.
    stream.sendTrailers(this.#ownTrailers === null ? {} : trailerFields(this.#ownTrailers));
  }

  #onDrain(listener: UpstreamListener): void {
    this.#stall?.disarm();
    listener.onUpstreamDrain();
  }

  // The response.

  #onInterim(listener: UpstreamListener, fields: readonly string[]): void {
    if (++this.#interim > MAX_INTERIM) {
      listener.onUpstreamFailed('malformed', 'too many 1xx responses');
      return;
    }
    const head = this.#read(listener, fields);
    if (head !== null) listener.onInterim(head, this.#response);
  }

  #onHead(listener: UpstreamListener, flags: number, fields: readonly string[]): void {
    this.#session.noteAnswer();
    const head = this.#read(listener, fields);
    if (head === null) return;
    this.#response.cameOverHttp2((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    this.#owed = Math.max(this.#response.bodyLength, 0);
    this.#state = 'answering';
    this.#expectMore();
    listener.onResponseHead(head, this.#response);
  }

  /** `null` when the exchange has been told that it cannot be relayed. */
  #read(listener: UpstreamListener, fields: readonly string[]): Head | null {
    const { settings } = this.#context;
    const parser = new HeadParser('response', settings.responseHead);
    const bytes = Buffer.from(responseHeadText(fields), 'latin1');
    const next = parser.parse(bytes, 0, bytes.length);
    if (next !== bytes.length) {
      const cause =
        next === FAULT ? responseFault(parser.fault, settings) : 'malformed response: bad_field_value';
      listener.onUpstreamFailed('malformed', cause);
      return null;
    }
    const fault = this.#response.read(parser.head, this.#toHead);
    if (fault !== null) {
      listener.onUpstreamFailed('malformed', `malformed response: ${fault.name}`);
      return null;
    }
    return parser.head;
  }

  #onData(listener: UpstreamListener, bytes: Buffer): void {
    if (this.#state !== 'answering' || this.#response.bodyLength === 0) return;
    this.#owed -= bytes.length;
    this.#expectMore();
    listener.onResponseBody(bytes, 0, bytes.length, false);
  }

  #onTrailers(listener: UpstreamListener, fields: readonly string[]): void {
    const parser = new HeadParser('trailers', this.#context.settings.responseHead);
    const bytes = Buffer.from(trailerText(fields), 'latin1');
    if (parser.parse(bytes, 0, bytes.length) === bytes.length) this.#trailers = parser.head;
    else listener.onUpstreamFailed('malformed', 'malformed trailers');
  }

  #onEnd(listener: UpstreamListener): void {
    const stream = this.#stream!;
    // Node ends what it can read also where the stream was cut off: only `close` knows better.
    const whole = this.#state === 'answering' && !stream.destroyed && stream.rstCode === 0;
    if (!whole || (this.#response.bodyLength > 0 && this.#owed > 0)) return;
    listener.onResponseEnd(this.#trailers);
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
    if (!this.#requestDone || this.#listener === null) return;
    const { firstByte, responseIdle } = this.#context.deadlines;
    const list = this.#state === 'answering' ? responseIdle : firstByte;
    list.arm(this.#deadline, this.#context.now);
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

  /**
   * `close` may send END_STREAM before its RST_STREAM, and a request that was cut off would look whole; and it ends the
   * process when it makes Node ask for trailers (nodejs/node#41458).
   */
  #cut(stream: ClientHttp2Stream): void {
    if (this.#requestDone && !this.#owesTrailers) stream.close(constants.NGHTTP2_CANCEL);
    else stream.destroy(CUT_OFF);
  }

  #leave(): void {
    this.#state = 'over';
    this.#listener = null;
    this.#deadline.disarm();
    this.#stall?.disarm();
  }

  #onTimeout(cause = this.#state === 'asking' ? 'no response in time' : 'response idle timeout'): void {
    this.#guard((listener) => listener.onUpstreamFailed('timeout', cause));
  }

  #onClose(): void {
    const answered = this.#state === 'answering';
    this.#deadline.disarm();
    this.#stall?.disarm();
    this.#guard((listener) => {
      const { failure, cause } = this.#session.whyClosed(this.#stream!, answered);
      this.#state = 'over';
      listener.onUpstreamFailed(failure, cause);
    });
  }

  #guard(step: (listener: UpstreamListener) => void): void {
    const listener = this.#listener;
    if (listener === null) return;
    try {
      step(listener);
    } catch (error) {
      const { requestId } = listener;
      giveUp({ kind: this.kind, requestId, panic: () => this.#lose(error, listener) }, error);
    }
  }

  panic(error: unknown): void {
    this.#lose(error, this.#listener);
  }

  /** A fault of our own: the exchange is given up, and with it this stream. */
  #lose(error: unknown, listener: UpstreamListener | null): void {
    try {
      this.destroy();
    } finally {
      listener?.panic(error);
    }
  }
}
