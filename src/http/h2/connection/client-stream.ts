import { Deadline } from '../../../time/deadline.ts';
import type { Clients } from '../../connection/clients.ts';
import { giveUpExchange } from '../../connection/give-up-exchange.ts';
import type { DownstreamListener, ServedDownstream } from '../../downstream.ts';
import { BODY_TIMEOUT, type Fault } from '../../message/fault.ts';
import { Head } from '../../message/head.ts';
import type { OutgoingHead } from '../../message/head-sink.ts';
import { Request } from '../../message/request.ts';
import type { ClientFacts } from '../../policy/client-facts.ts';
import { refusalAnswer } from '../../policy/refusal-answer.ts';
import { upgradeFault } from '../../policy/upgrade.ts';
import type { ProxyContext } from '../../proxy-context.ts';
import type { Tunnel } from '../../tunnel.ts';
import { CANCEL, INTERNAL_ERROR, NO_ERROR, REFUSED_STREAM } from '../codes.ts';
import type { HeadFields } from '../head-fields.ts';
import { type HeadKind, type ResetBy, Stream, type StreamListener } from '../stream.ts';
import type { ClientHome } from './client-home.ts';
import { extendedConnect } from './extended-connect.ts';
import type { Http2Parts } from './http2-parts.ts';
import { refusedStream } from './refused-stream.ts';
import { StreamResponse } from './stream-response.ts';
import { UntakenBody } from './untaken-body.ts';

type State =
  /** For another request. */
  | 'spare'
  /** Its head is being read. */
  | 'head'
  /** The exchange has it. */
  | 'exchange'
  /** It belongs to another protocol. */
  | 'tunnel'
  /** All is said, or one side is gone. */
  | 'over';

/** One HTTP/2 stream from a client: one request, served by its exchange. Used again when both are done with it. */
export class ClientStream implements ServedDownstream, StreamListener {
  readonly kind = 'stream';
  readonly connection: ClientHome;
  readonly client: ClientFacts;
  readonly head = new Head();
  readonly request = new Request();
  readonly stream: Stream;
  readonly response: StreamResponse;
  readonly mayPersist = true;
  /** What an extended CONNECT asks for (RFC 8441). */
  upgradeTo: string | null = null;

  readonly #context: ProxyContext;
  readonly exchange: DownstreamListener;
  /** While the client owes body bytes; of a tunnel, while neither side sends any. */
  readonly #owing = new Deadline(this, () => this.#onOwing());
  /** While it takes none, and while it goes on behind a response that is whole. */
  readonly #stall = new Deadline(this, () => this.#onStall());
  readonly #pending: UntakenBody;
  /** Of the response, bytes that had been taken late when the stall was armed. */
  #takenBefore = 0;
  #state: State = 'spare';
  #isClosed = true;
  #isPaused = false;
  tunnel: Tunnel | null = null;
  /** The client has ended its side of it. */
  #tunnelEnded = false;
  #complete = false;
  /** The end of the request waits behind what is pending. */
  #endPending = false;
  #trailers: Head | null = null;
  #headBytes = 0;

  constructor(connection: ClientHome, parts: Http2Parts, clients: Clients) {
    this.connection = connection;
    this.client = connection.client;
    this.#context = parts.context;
    this.stream = new Stream(this, connection.streams.room);
    this.response = new StreamResponse(this, parts);
    this.#pending = new UntakenBody(connection);
    this.exchange = clients.serve(this);
  }

  /** For another request, whose head is read next. */
  begin(): void {
    this.#state = 'head';
    this.#isClosed = false;
    this.#isPaused = false;
    this.tunnel = null;
    this.#tunnelEnded = false;
    this.#complete = false;
    this.#endPending = false;
    this.#trailers = null;
    this.#headBytes = 0;
    this.upgradeTo = null;
    this.response.reset();
  }

  get requestComplete(): boolean {
    return this.#complete;
  }

  // The request.

  onHead(_: HeadKind, ends: boolean, fields: HeadFields): void {
    const { head, connection, stream } = this;
    this.#headBytes = head.text.length;
    if (!connection.addHead(this.#headBytes)) {
      this.#state = 'over';
      connection.streams.reset(stream, REFUSED_STREAM);
      return;
    }
    this.#state = 'exchange';
    const fault = fields.fault ?? this.#read(fields, ends);
    if (fault !== null) {
      this.#refuse(fault, true);
      return;
    }
    if (stream.owed > 0) connection.streams.expectBody(stream, stream.owed);
    this.#expectBody();
    this.exchange.begin();
  }

  #read(fields: HeadFields, ends: boolean): Fault | null {
    const { head, request } = this;
    const { protocol } = fields;
    if (protocol !== '') {
      const fault = extendedConnect(head, protocol);
      if (fault !== null) return fault;
      this.upgradeTo = 'websocket';
    }
    // What an extended CONNECT sends behind its head is no body.
    this.#complete = ends || this.upgradeTo !== null;
    // It may have nothing to say from the first: the tunnel hears of that when it is there.
    this.#endPending = ends && this.upgradeTo !== null;
    const fault = request.read(head);
    request.cameOverHttp2(this.#complete);
    return fault ?? (this.upgradeTo === null ? null : upgradeFault(request));
  }

  onBody(bytes: Buffer, start: number, end: number, lent: boolean): void {
    if (this.#state === 'over') {
      this.connection.streams.settle(this.stream);
      return;
    }
    if (this.#pending.length > 0 || !this.#takes) {
      this.#pending.push(bytes, start, end);
      if (this.tunnel === null) this.#owing.disarm();
      return;
    }
    if (lent) this.#take(Buffer.from(bytes.subarray(start, end)), 0, end - start);
    else this.#take(bytes, start, end);
  }

  /** Whether bytes can go on: those behind a request for a tunnel go into the tunnel alone. */
  get #takes(): boolean {
    if (this.#isPaused) return false;
    return this.tunnel !== null || (this.upgradeTo === null && this.exchange.takesBody);
  }

  #take(bytes: Buffer, start: number, end: number): void {
    // First, since what it leads to may be the end of the stream.
    this.connection.streams.consumed(this.stream, end - start);
    if (this.tunnel === null) {
      this.#expectBody();
      this.exchange.onRequestBody(bytes, start, end);
    } else {
      this.awaitTunnel();
      this.tunnel.fromClient(bytes, start, end);
    }
  }

  onEnd(trailers: Head | null): void {
    if (this.#state === 'over' || (this.#complete && this.upgradeTo === null)) return;
    this.#trailers = trailers;
    this.#endPending = this.#pending.length > 0 || !this.#takes;
    if (this.#endPending) return;
    if (this.tunnel !== null) {
      this.#tunnelEnded = true;
      this.tunnel.ended('client');
      return;
    }
    this.#complete = true;
    this.#owing.disarm();
    this.exchange.onRequestEnd(this.#trailers);
  }

  resumeRequest(): void {
    if (this.#state === 'over' || this.#state === 'spare') return;
    this.#isPaused = false;
    this.#pending.waitsAhead(0);
    this.#expectBody();
    if (this.#pending.length > 0 && this.#takes) this.#pending.handOn(this.#take.bind(this));
    if (this.#endPending && this.#pending.length === 0) {
      this.#endPending = false;
      this.onEnd(this.#trailers);
    }
  }

  pauseRequest(waiting: number): void {
    if (this.#state === 'over' || this.#state === 'spare') return;
    this.#isPaused = true;
    this.#pending.waitsAhead(waiting);
    if (this.tunnel === null) this.#owing.disarm();
  }

  #expectBody(): void {
    if (!this.#complete && !this.#endPending) {
      this.#context.deadlines.requestIdle.arm(this.#owing, this.#context.now);
    }
  }

  #onOwing(): void {
    if (this.tunnel !== null) {
      this.#giveUp(CANCEL);
      return;
    }
    // Trailers may have been begun, and with them the connection be stopped.
    this.connection.expectAnswer();
    // Both speak in turns, as in gRPC: silence is theirs to choose, within the time an exchange may take.
    if (this.exchange.isResponding) return;
    if (this.exchange.cancel(BODY_TIMEOUT.name, BODY_TIMEOUT.status)) this.abort();
    else this.#refuse(BODY_TIMEOUT);
  }

  /** `isHead`: it is for the head, not for what follows. */
  #refuse(fault: Fault, isHead = false): void {
    this.#context.noteRefusal(fault, this.client.address, refusedStream(fault, this, isHead));
    this.response.whole(refusalAnswer(fault, this.#context));
    this.#end();
  }

  // The response.

  onFull(): void {
    this.#awaitTaking();
    this.connection.tellHeld();
    if (this.tunnel !== null) this.tunnel.full('client');
    else if (this.#state === 'exchange') this.exchange.onDownstreamFull();
  }

  onDrain(): void {
    this.#stall.disarm();
    this.connection.tellHeld();
    if (this.#state === 'over') this.#awaitEnd();
    else if (this.tunnel !== null) this.tunnel.drained('client');
    else this.exchange.onDownstreamDrain();
  }

  exchangeDone(): void {
    this.connection.noteServed();
    this.#end();
  }

  #end(): void {
    this.#state = 'over';
    this.#owing.disarm();
    this.head.reset();
    this.#dropPending();
    this.#awaitEnd();
    this.#release();
  }

  /** The client has yet to take the response, or to end its request. */
  #awaitEnd(): void {
    const { stream } = this;
    if (stream.isClosed) return;
    const { deadlines, now } = this.#context;
    if (stream.queue.length > 0) this.#awaitTaking();
    // RFC 9113 §8.1: a response may be complete before its request is; the rest is not wanted.
    else deadlines.linger.arm(this.#stall, now);
  }

  #awaitTaking(): void {
    this.#takenBefore = this.stream.taken;
    this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
  }

  #onStall(): void {
    const { stream } = this;
    const isWhole = this.#state === 'over' && stream.state === 'half-closed-local';
    // A client that takes something, however slowly, may take its time.
    if (stream.queue.length > 0 && stream.taken > this.#takenBefore) this.#awaitTaking();
    else if (isWhole) this.connection.streams.reset(stream, NO_ERROR);
    else this.#giveUp(CANCEL);
  }

  /** What is to be logged of the request is still asked for. */
  abort(): void {
    this.#state = 'over';
    this.connection.streams.reset(this.stream, INTERNAL_ERROR);
    this.#release();
  }

  get requestId(): string {
    return this.exchange.requestId;
  }

  panic(): void {
    giveUpExchange(this.exchange, this);
  }

  destroy(): void {
    this.#giveUp(INTERNAL_ERROR);
  }

  // The end.

  /** Whoever has it besides the stream hears of that. */
  #giveUp(code: number): void {
    if (this.stream.isClosed) return;
    this.#leave(true);
    this.connection.streams.reset(this.stream, code);
  }

  onReset(_: number, by: ResetBy): void {
    if (by !== 'connection') this.connection.noteReset();
    // What is given up here under an exchange was no message of HTTP/2: its client has not gone.
    this.#leave(true, by === 'here' ? 'http2_malformed' : 'client gone');
  }

  onClosed(): void {
    this.#isClosed = true;
    this.#stall.disarm();
    const { connection } = this;
    connection.removeHead(this.#headBytes);
    if (this.#state === 'tunnel') this.#leave(!this.#tunnelEnded);
    else if (this.#state === 'head') this.#state = 'over';
    // All has gone out before its exchange knows of the end: nothing is to hold up the backend.
    else if (this.#state === 'exchange') this.exchange.onDownstreamDrain();
    connection.tellHeld();
    this.#release();
  }

  /** The client is gone, or is given up. */
  #leave(cutOff: boolean, cause: 'client gone' | 'http2_malformed' = 'client gone'): void {
    const state = this.#state;
    this.#state = 'over';
    this.#owing.disarm();
    this.#stall.disarm();
    if (state === 'exchange') this.exchange.cancel(cause, cause === 'client gone' ? 499 : 400);
    else if (state === 'tunnel') this.tunnel?.closed('client', cutOff);
    // It is told of by now: while the stream waits for another request it is to hold none of this one.
    this.head.reset();
  }

  #dropPending(): void {
    this.#pending.drop();
    this.connection.streams.settle(this.stream);
  }

  #release(): void {
    if (!this.#isClosed || this.#state !== 'over') return;
    // Nothing of this request is to be found by the next.
    this.#dropPending();
    this.#state = 'spare';
    this.#owing.disarm();
    this.#stall.disarm();
    this.#trailers = null;
    // What is left of a tunnel may still tell its stream of it.
    if (this.tunnel === null) this.connection.giveBack(this);
  }

  // A tunnel (RFC 8441): the stream is what the connection is in HTTP/1.1.

  becomeTunnel(tunnel: Tunnel, head: OutgoingHead): void {
    this.#state = 'tunnel';
    this.tunnel = tunnel;
    this.response.opening(head);
    this.awaitTunnel();
    this.resumeRequest();
  }

  awaitTunnel(): void {
    this.#context.deadlines.tunnelIdle.arm(this.#owing, this.#context.now);
  }

  endTunnel(): void {
    this.response.end(null);
  }

  finish(): void {
    if (this.stream.maySend) this.reset();
    else this.#awaitTaking();
  }

  /** RFC 8441 §5: as a TCP connection's reset is. */
  reset(): void {
    this.#state = 'over';
    this.#owing.disarm();
    this.connection.streams.reset(this.stream, CANCEL);
    this.#release();
  }
}
