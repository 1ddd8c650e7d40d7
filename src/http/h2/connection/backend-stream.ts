import { giveUp } from '../../../boundary/boundary.ts';
import type { Owner } from '../../../boundary/owner.ts';
import { soon } from '../../../boundary/timers.ts';
import { Deadline } from '../../../time/deadline.ts';
import type { BodyEncoding } from '../../message/framing.ts';
import { Head } from '../../message/head.ts';
import type { OutgoingHead } from '../../message/head-sink.ts';
import { Response } from '../../message/response.ts';
import type { FailureClass } from '../../policy/failure.ts';
import { MAX_INTERIM_BYTES, responseFault } from '../../policy/response-fault.ts';
import type { ProxyContext } from '../../proxy-context.ts';
import type { DialTimes, Upstream, UpstreamListener } from '../../upstream.ts';
import { CANCEL, HTTP_1_1_REQUIRED, INTERNAL_ERROR, NO_ERROR } from '../codes.ts';
import type { HeadFields } from '../head-fields.ts';
import { type HeadKind, type ResetBy, Stream, type StreamListener } from '../stream.ts';
import { trailerBlock } from '../trailer-block.ts';
import type { BackendConnection } from './backend-connection.ts';
import type { Http2Parts } from './http2-parts.ts';
import { streamFailure } from './stream-failure.ts';

const TOO_LONG = 'request headers beyond what HTTP/2 carries';

type State =
  /** The connection is still being made. */
  | 'waiting'
  | 'ready'
  /** The request is being sent, nothing has come back. */
  | 'asking'
  /** The response's head has. */
  | 'answering'
  | 'over';

/** One HTTP/2 stream to a backend: one request and its response. */
export class BackendStream implements Upstream, StreamListener, Owner {
  readonly kind = 'stream';
  readonly head = new Head();
  readonly times: DialTimes;
  readonly #context: ProxyContext;
  readonly #connection: BackendConnection;
  readonly #stream: Stream;
  readonly #response = new Response();
  readonly #deadline = new Deadline(this, () => this.#onTimeout());
  /** Armed while the backend takes nothing; made when that first happens. */
  #stall: Deadline | null = null;
  /** Of the request, bytes that had been taken late when that was armed. */
  #takenBefore = 0;
  #state: State = 'waiting';
  #listener: UpstreamListener | null = null;
  #toHead = false;
  #interimBytes = 0;
  #requestDone = false;
  /**
   * The client takes nothing for now. What comes is handed on all the same, to wait where it is counted with all that
   * its client has not taken; but the backend's window is not opened again, and so it is no more than that lets come.
   */
  #isPaused = false;
  /** Bytes that have been handed on, and are not given back to the window yet. */
  #handedOn = 0;
  /** The response is whole. */
  #hasEnded = false;

  reused = false;

  constructor(parts: Http2Parts, connection: BackendConnection) {
    this.#context = parts.context;
    this.#connection = connection;
    this.#stream = new Stream(this, connection.streams.room);
    this.times = connection.dial;
    if (connection.isOpen) this.#state = 'ready';
  }

  get isReady(): boolean {
    return this.#state === 'ready' && this.#connection.isOpen;
  }

  get requestId(): string {
    return this.#listener?.requestId ?? '';
  }

  claim(listener: UpstreamListener): void {
    this.#listener = listener;
  }

  backendIsSilentSince(at: number): boolean {
    return this.#connection.backendAnsweredAt < at;
  }

  // While the connection is being made.

  onConnectionOpen(): void {
    this.#state = 'ready';
    this.#guard((listener) => listener.onUpstreamReady());
  }

  onConnectionMoved(other: Upstream): void {
    this.#state = 'over';
    this.#guard((listener) => {
      this.#listener = null;
      listener.onUpstreamMoved(other);
    });
  }

  onConnectionFailed(failure: FailureClass, cause: string): void {
    this.#state = 'over';
    this.#guard((listener) => listener.onUpstreamFailed(failure, cause));
  }

  // The request.

  send(head: OutgoingHead, encoding: BodyEncoding, toHead: boolean): void {
    this.#state = 'asking';
    this.#toHead = toHead;
    this.reused = this.#connection.served > 0;
    if (this.#connection.request(this.#stream, head, encoding === 'none')) return;
    // Whoever sends it is not done with that.
    soon(this, () => this.#guard((listener) => listener.onUpstreamFailed('malformed', TOO_LONG)));
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    this.#connection.streams.sender.data(this.#stream, bytes, start, end, false);
  }

  flush(): boolean {
    const { outbox } = this.#connection;
    outbox.flush();
    return outbox.isEmpty;
  }

  endRequest(trailers: Head | null): void {
    this.#requestDone = true;
    const block = trailers === null ? '' : trailerBlock(trailers);
    const { streams } = this.#connection;
    if (streams.sender.mayCarry(block)) streams.sender.end(this.#stream, block === '' ? null : block);
    else if (!this.#stream.isClosed) streams.fail(this.#stream, INTERNAL_ERROR);
    this.#expectMore();
  }

  onFull(): void {
    this.#awaitTaking();
    this.#guard((listener) => listener.onUpstreamFull(this.#stream.queue.length));
  }

  #awaitTaking(): void {
    this.#stall ??= new Deadline(this, () => this.#onStall());
    this.#takenBefore = this.#stream.taken;
    this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
  }

  /** A backend that takes something, however slowly, may take its time. */
  #onStall(): void {
    if (this.#stream.taken > this.#takenBefore) this.#awaitTaking();
    else this.#onTimeout('stalled write');
  }

  onDrain(): void {
    this.#stall?.disarm();
    this.#guard((listener) => listener.onUpstreamDrain());
  }

  // The response.

  onHead(kind: HeadKind, ends: boolean, fields: HeadFields): void {
    const { fault } = fields;
    this.#connection.noteAnswer();
    this.#guard((listener) => {
      if (fault === null) this.#readHead(listener, kind, ends);
      else listener.onUpstreamFailed('malformed', responseFault(fault, this.#context.settings));
    });
  }

  #readHead(listener: UpstreamListener, kind: HeadKind, ends: boolean): void {
    const response = this.#response;
    const fault = response.read(this.head, this.#toHead);
    if (fault !== null) {
      listener.onUpstreamFailed('malformed', `malformed response: ${fault.name}`);
    } else if (kind === 'interim') {
      this.#interimBytes += this.head.text.length;
      if (this.#interimBytes <= MAX_INTERIM_BYTES) listener.onInterim(this.head, response);
      else listener.onUpstreamFailed('malformed', 'too many 1xx responses');
    } else {
      response.cameOverHttp2(ends);
      // RFC 9113 §8.1.1: of a response that by its nature has no body the length says nothing, and nothing may come.
      if (response.hasNoContent) this.#stream.owed = 0;
      this.#state = 'answering';
      this.#expectMore();
      listener.onResponseHead(this.head, response);
    }
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    if (this.#state !== 'answering' || this.#response.bodyLength === 0) {
      this.#handedOn = 0;
      this.#connection.streams.settle(this.#stream);
      return;
    }
    this.#expectMore();
    this.#handedOn += end - start;
    this.#guard((listener) => listener.onResponseBody(bytes, start, end, true));
    if (!this.#isPaused) this.#openWindow(false);
  }

  /** What has been handed on is in other hands, the client's if that took a while. Where the stream has been left that is said already. */
  #openWindow(wasHeldUp: boolean): void {
    const bytes = this.#handedOn;
    this.#handedOn = 0;
    if (bytes > 0) this.#connection.streams.consumed(this.#stream, bytes, wasHeldUp);
  }

  onEnd(trailers: Head | null): void {
    this.#hasEnded = true;
    this.#deadline.disarm();
    this.#guard((listener) => listener.onResponseEnd(trailers));
  }

  pause(): void {
    this.#isPaused = true;
    this.#deadline.disarm();
  }

  resume(): void {
    this.#isPaused = false;
    this.#openWindow(true);
    this.#expectMore();
  }

  /** While the request is under way the backend may rightly wait for more of it, as in gRPC's streams. */
  #expectMore(): void {
    if (!this.#requestDone || this.#listener === null || this.#isPaused || this.#hasEnded) return;
    const { firstByte, responseIdle } = this.#context.deadlines;
    const list = this.#state === 'answering' ? responseIdle : firstByte;
    list.arm(this.#deadline, this.#context.now);
  }

  // The end.

  release(): void {
    const { state } = this.#stream;
    // RFC 9113 §8.1: a response may be whole before its request has gone out; the rest is not wanted.
    if (state === 'half-closed-local' || state === 'closed') this.#leave();
    else this.#cut(NO_ERROR);
  }

  destroy(): void {
    this.#cut(CANCEL);
  }

  #cut(code: number): void {
    const before = this.#state;
    this.#leave();
    if (before === 'waiting' || before === 'ready') this.#connection.leave(this);
    else if (!this.#stream.isClosed) {
      this.#connection.streams.reset(this.#stream, code);
      this.#connection.noteReset();
    }
  }

  #leave(): void {
    this.#state = 'over';
    this.#listener = null;
    this.#deadline.disarm();
    this.#stall?.disarm();
    this.#handedOn = 0;
    this.#connection.streams.settle(this.#stream);
  }

  #onTimeout(cause = this.#state === 'asking' ? 'no response in time' : 'response idle timeout'): void {
    this.#connection.doubt();
    this.#guard((listener) => listener.onUpstreamFailed('timeout', cause));
  }

  onReset(code: number, by: ResetBy, unseen: boolean): void {
    const answered = this.#state === 'answering';
    if (code === HTTP_1_1_REQUIRED && by === 'peer') this.#connection.noteHttp1Required();
    if (by === 'here') this.#connection.noteReset();
    // Whoever has said something of a request has begun with it, whatever it says then.
    const failure = streamFailure({ code, by, answered, unseen: unseen && this.#interimBytes === 0 });
    this.#deadline.disarm();
    this.#stall?.disarm();
    this.#guard((listener) => {
      this.#state = 'over';
      listener.onUpstreamFailed(failure, this.#connection.causeOf(code));
    });
  }

  onClosed(): void {
    this.#stall?.disarm();
    if (this.#state !== 'over') return;
    this.#handedOn = 0;
    this.#connection.streams.settle(this.#stream);
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
