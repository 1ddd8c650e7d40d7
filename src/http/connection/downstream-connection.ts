import type { Socket } from 'node:net';
import { cut } from '../../network/cut.ts';
import { giveBack } from '../../network/give-back.ts';
import { DOWNSTREAM_CLOSED, DOWNSTREAM_OPENED, WEBSOCKET_UPGRADES } from '../../telemetry/counters.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Downstream } from '../downstream.ts';
import { Exchange } from '../exchange.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { BodyReader } from '../message/body-reader.ts';
import { BODY_TIMEOUT, type Fault, HEAD_TIMEOUT } from '../message/fault.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser, MORE } from '../message/head-parser.ts';
import { ABSENT, Request } from '../message/request.ts';
import { type ClientFacts, clientFacts } from '../policy/client-facts.ts';
import { refusal, routerErrorLines } from '../policy/router-error.ts';
import { isWebSocket, upgradeFault, wantedProtocol } from '../policy/upgrade.ts';
import type { Tunnel } from '../tunnel.ts';
import type { Client } from './client.ts';
import { Outbox } from './outbox.ts';
import { ResponseWriter } from './response-writer.ts';

/** Bytes of one read from which on freeing their memory by hand pays. */
const BULK_BYTES = 16 * 1024;

type State =
  /** Between requests. */
  | 'idle'
  /** In the middle of a request head. */
  | 'head'
  /** A request is being served; its body may still be arriving. */
  | 'exchange'
  /** The rest of the connection belongs to another protocol. */
  | 'tunnel'
  /** Nothing more is served: what still arrives is thrown away until the client has read our last answer. */
  | 'lingering'
  | 'closed';

/** One HTTP/1.1 connection from a client: requests come off it one after the other, each served by its exchange. */
export class DownstreamConnection implements Downstream {
  readonly kind = 'connection';
  readonly client: ClientFacts;
  readonly request = new Request();
  readonly response: ResponseWriter;
  /** The protocol the request asks to switch to, or `null`. */
  upgradeTo: string | null = null;
  /** See `LiveSet`. */
  livePlace = -1;

  readonly #proxy: HttpProxy;
  readonly #socket: Socket;
  readonly #raw: Socket;
  readonly #outbox: Outbox;
  readonly #parser: HeadParser;
  readonly #body: BodyReader;
  readonly #exchange: Exchange;
  readonly #deadline = new Deadline(this, () => this.#onDeadline());
  #state: State = 'idle';
  #tunnel: Tunnel | null = null;
  /** Bytes read from the socket that cannot be taken yet: a body without a backend, or the next request. */
  #pending: Buffer | null = null;
  /** Armed while the client takes nothing; made when that first happens. */
  #stall: Deadline | null = null;
  #advancing = false;
  #clientEnded = false;
  /** Whether the client's end has been read, behind bytes that are still pending. */
  #endPending = false;
  /** Bytes, when a client that has half-closed was last looked at. */
  #sentBefore = 0;
  #reset = false;

  constructor(proxy: HttpProxy, client: Client) {
    const { socket, raw } = client;
    this.#proxy = proxy;
    this.#socket = socket;
    this.#raw = raw;
    this.client = clientFacts(client, proxy.settings);
    this.#outbox = new Outbox(this, socket, proxy.flushes, (flowing) => this.#onFlushed(flowing));
    this.response = new ResponseWriter(this.#outbox, this.request);
    this.#body = new BodyReader(proxy.settings.requestTrailers);
    this.#parser = new HeadParser('request', proxy.settings.requestHead);
    this.#exchange = new Exchange(proxy, this);
    proxy.counters.add(DOWNSTREAM_OPENED);
    proxy.downstreams.add(this);
    proxy.deadlines.downstreamIdle.arm(this.#deadline, proxy.now);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => this.#onEnd());
    // What went wrong matters to a tunnel alone, that the client is gone to all; `close` follows.
    socket.on('error', () => {
      this.#reset = true;
    });
    socket.on('close', () => this.#onClose());
  }

  get head(): Head {
    return this.#parser.head;
  }

  get requestComplete(): boolean {
    return this.#body.isDone;
  }

  /** Whether, as far as the client's side goes, another request may come after this one. */
  get mayPersist(): boolean {
    return (
      this.#body.isDone && this.upgradeTo === null && !this.#clientEnded && this.#proxy.phase === 'serving'
    );
  }

  /** The exchange can take body bytes, or more of them, now. */
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

  /** `head`: a whole 101. What the client has sent behind its request goes through the tunnel. */
  becomeTunnel(tunnel: Tunnel, head: string): void {
    this.#state = 'tunnel';
    this.#tunnel = tunnel;
    this.response.switching(head);
    if (isWebSocket(this.upgradeTo!)) this.#proxy.counters.add(WEBSOCKET_UPGRADES);
    this.#socket.setKeepAlive(true, this.#proxy.tunnelProbeMs);
    this.awaitTunnel();
    if (this.#clientEnded) tunnel.ended('client');
    this.resumeRequest();
  }

  /** Something has passed through the tunnel; it may be silent for a while again. */
  awaitTunnel(): void {
    this.#proxy.deadlines.tunnelIdle.arm(this.#deadline, this.#proxy.now);
  }

  /** The backend has said all it will. */
  endTunnel(): void {
    this.#outbox.flush();
    this.#socket.end();
  }

  /** The backend's side of the tunnel is gone after both ends: what waits is still written. */
  finish(): void {
    if (this.#socket.writableEnded) this.#proxy.deadlines.stalledWrite.arm(this.#deadline, this.#proxy.now);
    else this.#socket.destroy();
  }

  /** Lets the client see that its peer was cut off, not that it ended. */
  reset(): void {
    cut(this.#socket, this.#raw);
  }

  /** The exchange is over and the response complete: on to the next request, or to the end. */
  exchangeDone(): void {
    if (this.#state !== 'exchange') return;
    if (!this.response.persists || this.#clientEnded) {
      this.#linger();
      return;
    }
    this.#state = 'idle';
    this.#parser.release();
    this.#proxy.deadlines.downstreamIdle.arm(this.#deadline, this.#proxy.now);
    if (this.#advancing) return;
    // Only with what is written can be seen whether the client keeps up, and more is served only if it does.
    if (this.#pending !== null) this.#outbox.flush();
    if (this.#pending !== null || this.#socket.isPaused()) this.resumeRequest();
  }

  /** The response cannot be completed, and the client must see that: an end is enough unless it would pass for the body's. */
  abort(): void {
    this.#outbox.flush();
    if (this.response.endsWithConnection) cut(this.#socket, this.#raw);
    else this.#socket.destroy();
  }

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  /** No more requests: idle connections end now, others after their response. */
  drain(): void {
    if (this.#state === 'idle') this.#linger();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** A fault of our own in the midst of a request: nothing more is served here, and nobody else is hurt. */
  panic(error: unknown): void {
    this.#advancing = false;
    this.#pending = null;
    try {
      this.#exchange.onPanic(error);
    } catch {
      this.destroy();
    }
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'lingering') return;
    if (this.#pending !== null) {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      return;
    }
    const isBulk = this.#state === 'exchange' && chunk.length > BULK_BYTES;
    try {
      this.#advance(chunk);
      if (isBulk) this.#giveBack(chunk);
    } catch (error) {
      this.panic(error);
    }
  }

  /** What was nothing but a part of a body is in nobody's hands once it is written. */
  #giveBack(chunk: Buffer): void {
    const isUsedUp = this.#pending === null && this.#state === 'exchange' && !this.#body.isDone;
    if (isUsedUp && this.#exchange.flushRequest()) giveBack(chunk);
  }

  /** Takes as much of `bytes` as can be taken now, keeps the rest and stops reading. */
  #advance(bytes: Buffer): void {
    const end = bytes.length;
    let pos = 0;
    this.#advancing = true;
    while (pos < end) {
      if (this.#state === 'idle' || this.#state === 'head') {
        if (this.#socket.writableNeedDrain) break;
        pos = this.#readHead(bytes, pos, end);
      } else if (this.#state === 'exchange') {
        if (this.#body.isDone || !this.#exchange.takesBody) break;
        pos = this.#readBody(bytes, pos, end);
      } else if (this.#state === 'tunnel') {
        this.awaitTunnel();
        this.#tunnel?.fromClient(bytes, pos, end);
        pos = end;
      } else {
        this.#advancing = false;
        return;
      }
    }
    this.#advancing = false;
    if (pos < end) {
      this.#pending = pos === 0 ? bytes : bytes.subarray(pos);
      this.pauseRequest();
    }
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    const parser = this.#parser;
    if (this.#state === 'idle') parser.limits = this.#proxy.settings.requestHead;
    const next = parser.parse(bytes, start, end);
    if (next === MORE) {
      if (this.#state === 'idle' && parser.begun) {
        this.#state = 'head';
        this.#proxy.deadlines.head.arm(this.#deadline, this.#proxy.now);
      }
      return end;
    }
    if (next === FAULT) {
      this.#refuse(parser.fault);
      return end;
    }
    const { request } = this;
    const { head } = parser;
    const fault = request.read(head) ?? this.#readUpgrade(head, request);
    if (fault !== null) {
      this.#refuse(fault);
      return end;
    }
    this.#deadline.disarm();
    this.#state = 'exchange';
    this.response.reset();
    this.#body.begin(request.bodyLength);
    this.#exchange.begin();
    if (next === end) this.#expectBody();
    return next;
  }

  #readUpgrade(head: Head, request: Request): Fault | null {
    this.upgradeTo = request.upgrade === ABSENT ? null : wantedProtocol(head, request);
    return this.upgradeTo === null ? null : upgradeFault(head, request, this.upgradeTo);
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
    this.#exchange.onRequestBody(bytes, body.dataStart, body.dataEnd);
    if (body.isDone) this.#exchange.onRequestEnd(body.trailers);
    return next;
  }

  /** The client owes body bytes from now on. */
  #expectBody(): void {
    if (this.#state === 'exchange' && !this.#body.isDone) {
      this.#proxy.deadlines.requestIdle.arm(this.#deadline, this.#proxy.now);
    }
  }

  #onFlushed(flowing: boolean): void {
    if (flowing) return;
    this.#stall ??= new Deadline(this, () => this.#socket.destroy());
    this.#proxy.deadlines.stalledWrite.arm(this.#stall, this.#proxy.now);
    if (this.#tunnel !== null) this.#tunnel.full('client');
    else this.#exchange.onDownstreamFull();
  }

  #onDrain(): void {
    this.#stall?.disarm();
    if (this.#state === 'idle' || this.#state === 'head') this.resumeRequest();
    else if (this.#tunnel !== null) this.#tunnel.drained('client');
    else this.#exchange.onDownstreamDrain();
  }

  /** The body turned out not to be one: the backend must not take the request for a complete one. */
  #refuseBody(fault: Fault): void {
    const begun = this.#exchange.cancel('request body refused', fault.status);
    if (!begun) {
      this.#refuse(fault);
      return;
    }
    this.#proxy.noteRefusal(fault, this.client.address);
    this.abort();
  }

  #refuse(fault: Fault): void {
    this.#proxy.noteRefusal(fault, this.client.address);
    const { head, body } = routerErrorLines(refusal(fault), '', this.#proxy.httpDate);
    // RFC 9110 §15.5.6 wants the methods there are.
    const allow = fault.status === 405 ? `Allow: ${ALLOWED_METHODS}\r\n` : '';
    this.#outbox.text(`${head}${allow}Connection: close\r\n\r\n${body}`);
    this.#linger();
  }

  /** Half-closes and waits a little, so that the client can read the answer before a reset destroys it (RFC 9112 §9.6). */
  #linger(): void {
    const { deadlines, now } = this.#proxy;
    this.#state = 'lingering';
    this.#pending = null;
    this.#outbox.flush();
    this.#socket.end();
    this.#socket.resume();
    deadlines.stalledWrite.arm(this.#deadline, now);
    // A slow client may take long for what is written already: its moment begins behind that.
    this.#socket.once('finish', () => {
      this.#stall?.disarm();
      deadlines.linger.arm(this.#deadline, this.#proxy.now);
    });
  }

  #onEnd(): void {
    this.#endPending = this.#pending !== null;
    if (this.#endPending) return;
    this.#clientEnded = true;
    switch (this.#state) {
      case 'exchange':
        // Half-closed after a whole request: some clients do, gone ones do too. They get a moment.
        if (this.#body.isDone) this.#giveMoment();
        else this.#socket.destroy();
        break;
      case 'tunnel':
        this.#tunnel?.ended('client');
        break;
      case 'idle':
      case 'head':
        // The end of the last response may still wait to be written.
        this.#linger();
        break;
      case 'lingering':
      case 'closed':
        break;
    }
  }

  #giveMoment(): void {
    this.#sentBefore = this.#socket.bytesWritten;
    this.#proxy.deadlines.halfClosed.arm(this.#deadline, this.#proxy.now);
  }

  /** Whether a half-closed client was sent something lately or has yet to take it: one that is gone resets at that. */
  #isMoving(): boolean {
    return this.#socket.bytesWritten > this.#sentBefore || this.#socket.writableLength > 0;
  }

  #onDeadline(): void {
    if (this.#state === 'head') {
      this.#refuse(HEAD_TIMEOUT);
    } else if (this.#state === 'idle' && this.#socket.writableLength > 0) {
      this.#linger();
    } else if (this.#state === 'exchange') {
      if (!this.#body.isDone) this.#refuseBody(BODY_TIMEOUT);
      else if (this.#exchange.isResponding && this.#isMoving()) this.#giveMoment();
      else this.#socket.destroy();
    } else {
      this.#socket.destroy();
    }
  }

  #onClose(): void {
    const state = this.#state;
    this.#state = 'closed';
    this.#deadline.disarm();
    this.#stall?.disarm();
    this.#pending = null;
    this.#proxy.downstreams.delete(this);
    this.#proxy.counters.add(DOWNSTREAM_CLOSED);
    if (state === 'exchange') this.#exchange.cancel('client gone', 499);
    else if (state === 'tunnel') this.#tunnel?.closed('client', this.#reset);
  }
}

const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
