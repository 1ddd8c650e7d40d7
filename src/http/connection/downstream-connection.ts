import type { Socket } from 'node:net';
import { contain } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { closeWhenWritten } from '../../network/close-when-written.ts';
import { cut } from '../../network/cut.ts';
import { DOWNSTREAM_CLOSED, DOWNSTREAM_OPENED, WEBSOCKET_UPGRADES } from '../../telemetry/counters.ts';
import { Deadline } from '../../time/deadline.ts';
import type { DownstreamListener, ServedDownstream } from '../downstream.ts';
import { BodyReader } from '../message/body-reader.ts';
import { BODY_TIMEOUT, type Fault, HEAD_SHED, HEAD_TIMEOUT } from '../message/fault.ts';
import type { Head } from '../message/head.ts';
import { FAULT, MORE } from '../message/head-parser.ts';
import type { OutgoingHead } from '../message/head-sink.ts';
import type { Request } from '../message/request.ts';
import { type ClientFacts, clientFacts } from '../policy/client-facts.ts';
import { lastRefusal } from '../policy/refusal-answer.ts';
import { isWebSocket } from '../policy/upgrade.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Tunnel } from '../tunnel.ts';
import type { Client } from './client.ts';
import { type ByteTaker, ClientReads } from './client-reads.ts';
import type { Clients } from './clients.ts';
import { giveUpExchange } from './give-up-exchange.ts';
import { closeAtOnce, linger } from './last-word.ts';
import { Outbox } from './outbox.ts';
import { RequestReader } from './request-reader.ts';
import { ResponseWriter } from './response-writer.ts';

type State =
  /** Between requests. */
  | 'idle'
  /** In the middle of a request head. */
  | 'head'
  /** A request is being served; its body may still be arriving. */
  | 'exchange'
  /** The rest of the connection belongs to another protocol. */
  | 'tunnel'
  /** The last response is written at the end of the turn, as all are (0007); no request follows it. */
  | 'ending'
  /** Nothing more is served: what still arrives is thrown away until the client has read our last answer. */
  | 'lingering'
  | 'closed';

/** One HTTP/1.1 connection from a client: requests come off it one after the other, each served by its exchange. */
export class DownstreamConnection implements ServedDownstream, ByteTaker {
  readonly kind = 'connection';
  readonly client: ClientFacts;
  readonly response: ResponseWriter;
  livePlace = -1;

  readonly #context: ProxyContext;
  readonly #clients: Clients;
  readonly #socket: Socket;
  readonly #raw: Socket;
  readonly #outbox: Outbox;
  readonly #reads: ClientReads;
  readonly #reader: RequestReader;
  readonly #body: BodyReader;
  /** Made with the first request: many connections are opened in advance, and some have none. */
  #exchange: DownstreamListener | null = null;
  readonly #deadline = new Deadline(this, () => this.#onDeadline());
  #state: State = 'idle';
  tunnel: Tunnel | null = null;
  /** Bytes read from the socket that cannot be taken yet: a body without a backend, or the next request. */
  #pending: Buffer | null = null;
  /** Armed while the client takes nothing; made when that first happens. */
  #stall: Deadline | null = null;
  #advancing = false;
  #clientEnded = false;
  #endPending = false;
  #reset = false;

  constructor(context: ProxyContext, clients: Clients, client: Client) {
    const { socket, raw } = client;
    this.#context = context;
    this.#clients = clients;
    this.#socket = socket;
    this.#raw = raw;
    this.client = clientFacts(client, context.settings);
    this.#outbox = new Outbox(this, socket, context.flushes, (flowing) => this.#onFlushed(flowing));
    this.#reader = new RequestReader(context, this, () => this.#refuseBody(HEAD_SHED));
    this.response = new ResponseWriter(this.#outbox, this.request);
    this.#body = new BodyReader(context.settings.requestTrailers, 'client');
    context.counters.add(DOWNSTREAM_OPENED);
    clients.live.add(this);
    context.deadlines.downstreamIdle.arm(this.#deadline, context.now);
    this.#reads = new ClientReads(this, socket, raw, context.readBuffers);
    on(socket, 'drain', this, () => this.#onDrain());
    on(socket, 'end', this, () => this.#onEnd());
    // What went wrong matters to a tunnel alone, that the client is gone to all; `close` follows.
    on(socket, 'error', this, () => {
      this.#reset = true;
    });
    on(socket, 'close', this, () => this.#onClose());
  }

  get exchange(): DownstreamListener {
    this.#exchange ??= this.#clients.serve(this);
    return this.#exchange;
  }

  get head(): Head {
    return this.#reader.head;
  }

  get request(): Request {
    return this.#reader.request;
  }

  get upgradeTo(): string | null {
    return this.#reader.upgradeTo;
  }

  get requestComplete(): boolean {
    return this.#body.isDone;
  }

  get mayPersist(): boolean {
    const isOver = this.#clientEnded || this.#context.phase !== 'serving';
    return !isOver && this.#body.isDone && this.upgradeTo === null;
  }

  resumeRequest(): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#socket.resume();
    this.#expectBody();
    if (pending !== null) this.#advance(pending);
    if (this.#endPending && this.#pending === null) this.#onEnd();
  }

  pauseRequest(): void {
    this.#socket.pause();
    if (!this.#body.isDone) this.#deadline.disarm();
  }

  /** `head`: a 101. What the client has sent behind its request goes through the tunnel. */
  becomeTunnel(tunnel: Tunnel, head: OutgoingHead): void {
    this.#state = 'tunnel';
    this.tunnel = tunnel;
    this.response.switching(head);
    if (isWebSocket(this.upgradeTo!)) this.#context.counters.add(WEBSOCKET_UPGRADES);
    this.#socket.setKeepAlive(true, this.#context.tunnelProbeMs);
    this.awaitTunnel();
    if (this.#clientEnded) tunnel.ended('client');
    this.resumeRequest();
  }

  awaitTunnel(): void {
    this.#context.deadlines.tunnelIdle.arm(this.#deadline, this.#context.now);
  }

  endTunnel(): void {
    this.#outbox.flush();
    this.#socket.end();
  }

  finish(): void {
    if (closeWhenWritten(this, this.#socket, this.#raw))
      this.#context.deadlines.stalledWrite.arm(this.#deadline, this.#context.now);
  }

  reset(): void {
    cut(this.#socket, this.#raw);
  }

  exchangeDone(): void {
    if (this.#state !== 'exchange') return;
    if (!this.response.persists || this.#clientEnded) {
      this.#end();
      return;
    }
    this.#state = 'idle';
    this.#reads.settle();
    this.#reader.release();
    this.#context.deadlines.downstreamIdle.arm(this.#deadline, this.#context.now);
    if (this.#advancing || (this.#pending === null && !this.#socket.isPaused())) return;
    // Only with what is written can be seen whether the client keeps up, and more is served only if it does.
    this.#outbox.flush();
    // A fault in the next request is none of the backend's that has just answered this one.
    contain(this, () => this.resumeRequest());
  }

  /** The response cannot be completed, and the client must see that: an end is enough unless it would pass for the body's. */
  abort(): void {
    this.#outbox.flush();
    if (this.response.endsWithConnection) cut(this.#socket, this.#raw);
    else this.#socket.destroy();
  }

  get served(): readonly ServedDownstream[] {
    return [this];
  }

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  drain(): void {
    if (this.isIdle && !this.#reader.awaitsFirst) this.#linger();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get requestId(): string {
    return this.#exchange?.requestId ?? '';
  }

  panic(): void {
    this.#advancing = false;
    this.#pending = null;
    this.tunnel?.giveUp();
    this.tunnel = null;
    giveUpExchange(this.exchange, this);
  }

  get isInBody(): boolean {
    return this.#state === 'exchange' && !this.#body.isDone;
  }

  flushBody(): boolean {
    return this.#pending === null && this.isInBody && this.exchange.flushRequest();
  }

  take(bytes: Buffer, end: number, lent: boolean): void {
    if (this.#state === 'lingering') return;
    if (this.#state === 'ending') this.#linger();
    else if (this.#pending === null) this.#advance(bytes, end, lent);
    else this.#pending = Buffer.concat([this.#pending, bytes.subarray(0, end)]);
  }

  /** Takes as much of `bytes` as can be taken now, keeps the rest and stops reading. Of what is lent only heads are read where they lie. */
  #advance(bytes: Buffer, end = bytes.length, lent = false): void {
    let pos = 0;
    this.#advancing = true;
    while (pos < end) {
      if (this.#state === 'idle' || this.#state === 'head') {
        if (this.#socket.writableNeedDrain) break;
        pos = this.#readHead(bytes, pos, end);
      } else if (lent) {
        break;
      } else if (this.#state === 'exchange') {
        if (this.#body.isDone || !this.exchange.takesBody) break;
        pos = this.#readBody(bytes, pos, end);
      } else if (this.#state === 'tunnel') {
        this.awaitTunnel();
        this.tunnel?.fromClient(bytes, pos, end);
        pos = end;
      } else {
        pos = end;
      }
    }
    this.#advancing = false;
    if (pos === end || this.#state === 'lingering' || this.#state === 'closed') return;
    const rest = pos === 0 && end === bytes.length ? bytes : bytes.subarray(pos, end);
    if (lent) this.#advance(Buffer.from(rest));
    else {
      this.#pending = rest;
      this.pauseRequest();
    }
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    const next = this.#reader.read(bytes, start, end, this.#state === 'idle');
    if (next === MORE) {
      if (this.#state === 'idle' && this.#reader.begun) {
        this.#state = 'head';
        this.#context.deadlines.head.arm(this.#deadline, this.#context.now);
      }
      return end;
    }
    if (next === FAULT) {
      this.#refuse(this.#reader.fault, true);
      return end;
    }
    this.#deadline.disarm();
    this.#state = 'exchange';
    this.response.reset();
    this.#body.begin(this.request.bodyLength);
    this.exchange.begin();
    if (next === end) this.#expectBody();
    return next;
  }

  #readBody(bytes: Buffer, start: number, end: number): number {
    const body = this.#body;
    const next = body.read(bytes, start, end);
    if (next === FAULT) {
      this.#refuseBody(body.fault);
      return end;
    }
    if (!body.isDone) this.#expectBody();
    else this.#deadline.disarm();
    this.#reader.unfinished.hold(body.isDone ? 0 : body.heldBytes);
    this.exchange.onRequestBody(bytes, body.dataStart, body.dataEnd);
    if (body.isDone) this.exchange.onRequestEnd(body.trailers);
    return next;
  }

  #expectBody(): void {
    if (this.isInBody) this.#context.deadlines.requestIdle.arm(this.#deadline, this.#context.now);
  }

  #onFlushed(flowing: boolean): void {
    if (this.#state === 'ending') {
      const isWhole = this.response.isLast && this.#body.isDone && this.#pending === null;
      if (!isWhole || !closeAtOnce(this.#socket, this.#raw)) this.#linger();
      return;
    }
    if (flowing) return;
    this.#stall ??= new Deadline(this, () => this.#socket.destroy());
    this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
    if (this.tunnel !== null) this.tunnel.full('client');
    else this.exchange.onDownstreamFull();
  }

  #onDrain(): void {
    this.#stall?.disarm();
    if (this.#state === 'idle' || this.#state === 'head') this.resumeRequest();
    else if (this.tunnel !== null) this.tunnel.drained('client');
    else this.exchange.onDownstreamDrain();
  }

  /** The body turned out not to be one: the backend must not take the request for a complete one. */
  #refuseBody(fault: Fault): void {
    if (this.#state !== 'exchange' || !this.exchange.cancel(fault.name, fault.status)) {
      this.#refuse(fault, this.#state === 'head');
      return;
    }
    this.#context.noteRefusal(fault, this.client.address, this.#reader.refused(this.client, false));
    this.abort();
  }

  #refuse(fault: Fault, isHead = false): void {
    this.#context.noteRefusal(fault, this.client.address, this.#reader.refused(this.client, isHead));
    this.#outbox.text(lastRefusal(fault, this.#context));
    this.#linger();
  }

  #linger(): void {
    this.#state = 'lingering';
    this.#pending = null;
    this.#reader.abandon();
    this.#body.begin(0);
    this.#outbox.flush();
    linger(this, this.#socket, this.#raw, this.#deadline, this.#context, () => this.#stall?.disarm());
  }

  /** Its exchange is over: it is not told that the client has gone. */
  #end(): void {
    this.#state = 'ending';
    if (!this.#outbox.isQueued) this.#onFlushed(true);
  }

  #onEnd(): void {
    this.#endPending = this.#pending !== null;
    if (this.#endPending) return;
    this.#clientEnded = true;
    if (this.#state === 'exchange') {
      // Behind a whole request some clients do, and read on; gone ones do too. They get a moment.
      if (this.#body.isDone) this.#giveMoment();
      else this.#socket.destroy();
    } else if (this.#state === 'tunnel') {
      this.tunnel?.ended('client');
    } else if (this.#state === 'idle' || this.#state === 'head') {
      // The end of the last response may still wait to be written.
      this.#linger();
    }
  }

  #giveMoment(): void {
    if (this.exchange.isResponding) this.response.ask(this.#raw);
    this.#context.deadlines.halfClosed.arm(this.#deadline, this.#context.now);
  }

  #onDeadline(): void {
    if (this.#state === 'head') this.#refuse(HEAD_TIMEOUT, true);
    else if (this.#state === 'idle' && this.#socket.writableLength > 0) this.#linger();
    else if (this.isInBody) this.#refuseBody(BODY_TIMEOUT);
    else if (this.#exchange?.isResponding) this.#giveMoment();
    else this.#socket.destroy();
  }

  #onClose(): void {
    const state = this.#state;
    this.#state = 'closed';
    this.#deadline.disarm();
    this.#reader.abandon();
    this.#stall?.disarm();
    this.#pending = null;
    this.#reads.settle();
    this.#clients.live.delete(this);
    this.#context.counters.add(DOWNSTREAM_CLOSED);
    if (state === 'exchange') this.exchange.cancel('client gone', 499);
    else if (state === 'tunnel') this.tunnel?.closed('client', this.#reset);
  }
}
