import { randomBytes } from 'node:crypto';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { giveUp } from '../../boundary/boundary.ts';
import { on, once } from '../../boundary/events.ts';
import { Deadline } from '../../time/deadline.ts';
import { giveUpExchange } from '../connection/give-up-exchange.ts';
import type { Downstream, DownstreamListener } from '../downstream.ts';
import {
  BAD_FIELD_VALUE,
  BAD_TARGET,
  BODY_TIMEOUT,
  CONNECT_REFUSED,
  type Fault,
  HOST_CONFLICT,
  PADDED_FIELD_VALUE,
} from '../message/fault.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser } from '../message/head-parser.ts';
import type { OutgoingHead } from '../message/head-sink.ts';
import { Request } from '../message/request.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import { plainAnswer, refusal } from '../policy/router-error.ts';
import { upgradeFault } from '../policy/upgrade.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Tunnel } from '../tunnel.ts';
import { CUT_OFF } from './cut-off.ts';
import type { Http2Connection } from './http2-connection.ts';
import { Http2Response } from './http2-response.ts';
import { fieldBytes, isPadded, protocolOf, requestText, type Unfit } from './request-text.ts';
import { trailerText } from './trailer-fields.ts';

type State =
  /** The exchange has it. */
  | 'exchange'
  /** It belongs to another protocol. */
  | 'tunnel'
  /** All is said, or one side is gone. */
  | 'over';

const UNFIT: Readonly<Record<Unfit, Fault>> = {
  connect: CONNECT_REFUSED,
  'bad pseudo-header': BAD_TARGET,
  'host differs from authority': HOST_CONFLICT,
  'white space around a value': PADDED_FIELD_VALUE,
};

const KEY_BYTES = 16;

/** One HTTP/2 stream from a client: one request, served by its exchange. */
export class Http2Downstream implements Downstream {
  readonly kind = 'stream';
  readonly client: ClientFacts;
  readonly request = new Request();
  readonly response: Http2Response;
  /** What an extended CONNECT asks for (RFC 8441). */
  readonly upgradeTo: string | null;
  readonly mayPersist = true;

  readonly #connection: Http2Connection;
  readonly #context: ProxyContext;
  readonly #stream: ServerHttp2Stream;
  readonly #parser: HeadParser;
  readonly #exchange: DownstreamListener;
  /** While the client owes body bytes; of a tunnel, while neither side sends any. */
  readonly #owing = new Deadline(this, () => this.#onOwing());
  /** While it takes none. */
  readonly #stall = new Deadline(this, () => this.#onStall());
  #state: State = 'exchange';
  #tunnel: Tunnel | null = null;
  /** The client has ended its side of it. */
  #tunnelEnded = false;
  #complete: boolean;
  /** Body bytes that the exchange cannot take yet: as many as the stream's window lets come. */
  #pending: Buffer[] = [];
  /** The end of the request waits behind them. */
  #endPending = false;
  #trailers: Head | null = null;

  constructor(connection: Http2Connection, stream: ServerHttp2Stream, fields: readonly string[]) {
    const { context } = connection;
    this.#connection = connection;
    this.#context = context;
    this.#stream = stream;
    this.client = connection.client;
    this.response = new Http2Response(this, stream, this.request, connection.budget, () => this.#onFull());
    this.upgradeTo = protocolOf(fields)?.toLowerCase() === 'websocket' ? 'websocket' : null;
    // What an extended CONNECT sends behind its head is no body.
    this.#complete = stream.endAfterHeaders || this.upgradeTo !== null;
    this.#parser = new HeadParser('request', context.settings.requestHead);
    this.#exchange = connection.clients.serve(this);
    on(stream, 'close', this, () => this.#onClose());
    on(stream, 'data', this, (chunk: Buffer) => this.#onData(chunk));
  }

  /** To be called once. `fields`: names and values in turn. */
  begin(fields: readonly string[]): void {
    try {
      const fault = this.#read(fields);
      if (fault === null) this.#begin();
      else this.#refuse(fault);
    } catch (error) {
      giveUp(this, error);
    }
  }

  get head(): Head {
    return this.#parser.head;
  }

  get requestComplete(): boolean {
    return this.#complete;
  }

  // The request.

  #read(fields: readonly string[]): Fault | null {
    const { upgradeTo } = this;
    const key = upgradeTo === null ? null : randomBytes(KEY_BYTES).toString('base64');
    const text = requestText(fields, !this.#complete, key);
    if (isUnfit(text)) return UNFIT[text];
    const bytes = Buffer.from(text, 'latin1');
    const next = this.#parser.parse(bytes, 0, bytes.length);
    if (next === FAULT) return this.#parser.fault;
    // An empty line within a value would end the head early.
    if (next !== bytes.length) return BAD_FIELD_VALUE;
    const fault = this.request.read(this.head);
    this.request.cameOverHttp2();
    return fault ?? (upgradeTo === null ? null : upgradeFault(this.head, this.request, upgradeTo));
  }

  #begin(): void {
    const stream = this.#stream;
    on(stream, 'trailers', this, (_: IncomingHttpHeaders, __: number, fields: string[]) =>
      this.#onTrailers(fields),
    );
    on(stream, 'end', this, () => this.#onEnd());
    on(stream, 'drain', this, () => this.#onDrain());
    this.#expectBody();
    this.#exchange.begin();
  }

  #onData(chunk: Buffer): void {
    this.#connection.budget.addReceived(chunk.length);
    if (this.#state === 'over') return;
    if (this.#pending.length > 0 || !this.#takes) {
      this.#pending.push(chunk);
      this.pauseRequest();
      return;
    }
    this.#take(chunk);
  }

  /** Whether bytes can go on: those behind a request for a tunnel go into the tunnel alone. */
  get #takes(): boolean {
    return this.#tunnel !== null || (this.upgradeTo === null && this.#exchange.takesBody);
  }

  #take(chunk: Buffer): void {
    if (this.#tunnel === null) {
      this.#expectBody();
      this.#exchange.onRequestBody(chunk, 0, chunk.length);
    } else {
      this.awaitTunnel();
      this.#tunnel.fromClient(chunk, 0, chunk.length);
    }
  }

  #onTrailers(fields: readonly string[]): void {
    this.#connection.budget.addReceived(fieldBytes(fields));
    if (this.#tunnel !== null) return;
    const parser = new HeadParser('trailers', this.#context.settings.requestTrailers);
    const bytes = Buffer.from(trailerText(fields), 'latin1');
    if (!fields.some(isPadded) && parser.parse(bytes, 0, bytes.length) === bytes.length) {
      this.#trailers = parser.head;
    } else {
      this.#giveUp();
    }
  }

  #onEnd(): void {
    if (this.#state === 'over' || (this.#complete && this.upgradeTo === null)) return;
    // Node ends what is reset, too.
    if (this.#stream.destroyed || this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    this.#endPending = this.#pending.length > 0 || !this.#takes;
    if (this.#endPending) return;
    if (this.#tunnel !== null) {
      this.#tunnelEnded = true;
      this.#tunnel.ended('client');
      return;
    }
    this.#complete = true;
    this.#owing.disarm();
    this.#exchange.onRequestEnd(this.#trailers);
  }

  resumeRequest(): void {
    if (this.#state === 'over') return;
    this.#stream.resume();
    this.#expectBody();
    while (this.#pending.length > 0 && this.#takes && !this.#stream.isPaused()) {
      this.#take(this.#pending.shift()!);
    }
    if (this.#endPending && this.#pending.length === 0) this.#onEnd();
  }

  pauseRequest(): void {
    this.#stream.pause();
    if (this.#tunnel === null) this.#owing.disarm();
  }

  #expectBody(): void {
    if (!this.#complete && !this.#endPending) {
      this.#context.deadlines.requestIdle.arm(this.#owing, this.#context.now);
    }
  }

  #onOwing(): void {
    if (this.#tunnel !== null) {
      this.#giveUp();
      return;
    }
    // Trailers may have been begun, and with them the connection be stopped.
    this.#connection.expectAnswer();
    // Both speak in turns, as in gRPC: silence is theirs to choose, within the time an exchange may take.
    if (this.#exchange.isResponding) return;
    if (this.#exchange.cancel('request body refused', BODY_TIMEOUT.status)) this.abort();
    else this.#refuse(BODY_TIMEOUT);
  }

  #refuse(fault: Fault): void {
    this.#context.noteRefusal(fault, this.client.address);
    this.response.whole(plainAnswer(refusal(fault), '', this.#context.httpDate));
    this.exchangeDone();
  }

  // The response.

  #onFull(): void {
    this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
    if (this.#tunnel !== null) this.#tunnel.full('client');
    else this.#exchange.onDownstreamFull();
  }

  #onDrain(): void {
    if (this.#state === 'over') return;
    this.#stall.disarm();
    if (this.#tunnel !== null) this.#tunnel.drained('client');
    else this.#exchange.onDownstreamDrain();
  }

  exchangeDone(): void {
    const stream = this.#stream;
    this.#state = 'over';
    this.#pending = [];
    this.#owing.disarm();
    this.#connection.budget.addServed(this.#context.now);
    if (stream.closed) return;
    this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
    if (stream.readableEnded) return;
    // RFC 9113 §8.1: a response may be complete before its request is; the rest is not wanted.
    stream.resume();
    once(stream, 'finish', this, () => {
      if (!stream.closed) this.#context.deadlines.linger.arm(this.#stall, this.#context.now);
    });
  }

  #onStall(): void {
    if (this.#state === 'over' && this.#stream.writableFinished) {
      this.#connection.budget.addAbandoned();
      this.#stream.close(constants.NGHTTP2_NO_ERROR);
    } else {
      this.#giveUp();
    }
  }

  abort(): void {
    this.#state = 'over';
    this.#giveUp();
  }

  /** `close` may send END_STREAM before its RST_STREAM, and a response that was cut off would look whole. */
  #giveUp(): void {
    this.#connection.budget.addAbandoned();
    this.#stream.destroy(CUT_OFF);
  }

  get requestId(): string {
    return this.#exchange.requestId;
  }

  panic(): void {
    giveUpExchange(this.#exchange, this);
  }

  destroy(): void {
    this.#giveUp();
  }

  #onClose(): void {
    this.#owing.disarm();
    this.#stall.disarm();
    this.#pending = [];
    const state = this.#state;
    const { rstCode } = this.#stream;
    this.#state = 'over';
    if (state === 'exchange') {
      this.#connection.noteReset();
      this.#exchange.cancel('client gone', 499);
    } else if (state === 'tunnel') {
      this.#tunnel?.closed('client', rstCode !== constants.NGHTTP2_NO_ERROR || !this.#tunnelEnded);
    }
  }

  // A tunnel (RFC 8441): the stream is what the connection is in HTTP/1.1.

  becomeTunnel(tunnel: Tunnel, head: OutgoingHead): void {
    this.#state = 'tunnel';
    this.#tunnel = tunnel;
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
    if (this.#stream.writableEnded) this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
    else this.reset();
  }

  /** RFC 8441 §5 has CANCEL for this, which Node sends only behind an end. */
  reset(): void {
    this.#giveUp();
  }
}

function isUnfit(text: string): text is Unfit {
  return text in UNFIT;
}
