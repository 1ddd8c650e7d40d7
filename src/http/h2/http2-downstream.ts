import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Deadline } from '../../time/deadline.ts';
import type { Downstream } from '../downstream.ts';
import { Exchange } from '../exchange.ts';
import type { HttpProxy } from '../http-proxy.ts';
import {
  BAD_FIELD_VALUE,
  BAD_TARGET,
  BODY_TIMEOUT,
  CONNECT_REFUSED,
  type Fault,
  HOST_CONFLICT,
} from '../message/fault.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser } from '../message/head-parser.ts';
import { Request } from '../message/request.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import { refusal, routerErrorLines } from '../policy/router-error.ts';
import type { Http2Connection } from './http2-connection.ts';
import { Http2Response } from './http2-response.ts';
import { requestText, type Unfit } from './request-text.ts';
import { trailerText } from './response-fields.ts';

type State =
  /** The exchange has it. */
  | 'exchange'
  /** All is said, or one side is gone. */
  | 'over';

/** Makes Node say RST_STREAM. */
const CUT_OFF = new Error('cut off');

const UNFIT: Readonly<Record<Unfit, Fault>> = {
  connect: CONNECT_REFUSED,
  'bad pseudo-header': BAD_TARGET,
  'host differs from authority': HOST_CONFLICT,
};

/** One HTTP/2 stream from a client: one request, served by its exchange. */
export class Http2Downstream implements Downstream {
  readonly client: ClientFacts;
  readonly request = new Request();
  readonly response: Http2Response;
  readonly upgradeTo = null;
  readonly mayPersist = true;

  readonly #proxy: HttpProxy;
  readonly #stream: ServerHttp2Stream;
  readonly #parser: HeadParser;
  readonly #exchange: Exchange;
  /** While the client owes body bytes. */
  readonly #owing = new Deadline(() => this.#onOwing());
  /** While it takes none. */
  readonly #stall = new Deadline(() => this.abort());
  #state: State = 'exchange';
  #complete: boolean;
  /** Body bytes that the exchange cannot take yet: as many as the stream's window lets come. */
  #pending: Buffer[] = [];
  /** The end of the request waits behind them. */
  #endPending = false;
  #trailers: Head | null = null;

  constructor(connection: Http2Connection, stream: ServerHttp2Stream, fields: readonly string[]) {
    const { proxy } = connection;
    this.#proxy = proxy;
    this.#stream = stream;
    this.client = connection.client;
    this.response = new Http2Response(stream, this.request, () => this.#onFull());
    this.#complete = stream.endAfterHeaders;
    this.#parser = new HeadParser('request', proxy.settings.requestHead);
    this.#exchange = new Exchange(proxy, this);
    // Why it ended matters to nobody, that it did to all: `close` follows.
    stream.on('error', () => {});
    stream.on('close', () => this.#onClose());
    const fault = this.#read(requestText(fields, !this.#complete));
    if (fault === null) this.#begin();
    else this.#refuse(fault);
  }

  get head(): Head {
    return this.#parser.head;
  }

  get requestComplete(): boolean {
    return this.#complete;
  }

  // The request.

  #read(text: string): Fault | null {
    if (isUnfit(text)) return UNFIT[text];
    const bytes = Buffer.from(text, 'latin1');
    const next = this.#parser.parse(bytes, 0, bytes.length);
    if (next === FAULT) return this.#parser.fault;
    // An empty line within a value would end the head early.
    if (next !== bytes.length) return BAD_FIELD_VALUE;
    const fault = this.request.read(this.head);
    this.request.cameOverHttp2();
    return fault;
  }

  #begin(): void {
    const stream = this.#stream;
    stream.on('data', (chunk: Buffer) => this.#guard(() => this.#onData(chunk)));
    stream.on('trailers', (_: IncomingHttpHeaders, __: number, fields: string[]) => this.#onTrailers(fields));
    stream.on('end', () => this.#guard(() => this.#onEnd()));
    stream.on('drain', () => {
      this.#stall.disarm();
      this.#exchange.onDownstreamDrain();
    });
    this.#expectBody();
    this.#guard(() => this.#exchange.begin());
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.panic(error);
    }
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'over') return;
    if (this.#pending.length > 0 || !this.#exchange.takesBody) {
      this.#pending.push(chunk);
      this.pauseRequest();
      return;
    }
    this.#expectBody();
    this.#exchange.onRequestBody(chunk, 0, chunk.length);
  }

  #onTrailers(fields: readonly string[]): void {
    const parser = new HeadParser('trailers', this.#proxy.settings.requestHead);
    const bytes = Buffer.from(trailerText(fields), 'latin1');
    if (parser.parse(bytes, 0, bytes.length) === bytes.length) this.#trailers = parser.head;
    else this.abort();
  }

  #onEnd(): void {
    if (this.#complete || this.#state === 'over') return;
    this.#endPending = this.#pending.length > 0 || !this.#exchange.takesBody;
    if (this.#endPending) return;
    this.#complete = true;
    this.#owing.disarm();
    this.#exchange.onRequestEnd(this.#trailers);
  }

  resumeRequest(): void {
    if (this.#state === 'over') return;
    this.#stream.resume();
    this.#expectBody();
    while (this.#pending.length > 0 && this.#exchange.takesBody && !this.#stream.isPaused()) {
      const chunk = this.#pending.shift()!;
      this.#exchange.onRequestBody(chunk, 0, chunk.length);
    }
    if (this.#endPending && this.#pending.length === 0) this.#onEnd();
  }

  pauseRequest(): void {
    this.#stream.pause();
    this.#owing.disarm();
  }

  #expectBody(): void {
    if (!this.#complete && !this.#endPending) {
      this.#proxy.deadlines.requestIdle.arm(this.#owing, this.#proxy.now);
    }
  }

  #onOwing(): void {
    // Both speak in turns, as in gRPC: silence is theirs to choose, within the time an exchange may take.
    if (this.#exchange.isResponding) return;
    if (this.#exchange.cancel('request body refused', BODY_TIMEOUT.status)) this.abort();
    else this.#refuse(BODY_TIMEOUT);
  }

  #refuse(fault: Fault): void {
    this.#proxy.noteRefusal(fault, this.client.address);
    const { head, body } = routerErrorLines(refusal(fault), '', this.#proxy.httpDate);
    this.response.whole(head, body);
    this.exchangeDone();
  }

  // The response.

  #onFull(): void {
    this.#proxy.deadlines.stalledWrite.arm(this.#stall, this.#proxy.now);
    this.#exchange.onDownstreamFull();
  }

  exchangeDone(): void {
    this.#state = 'over';
    this.#pending = [];
    this.#owing.disarm();
    // RFC 9113 §8.1: a response may be complete before its request is; the rest is not wanted.
    if (!this.#complete) this.#stream.resume();
  }

  /** `close` may send END_STREAM before its RST_STREAM, and a response that was cut off would look whole. */
  abort(): void {
    this.#stream.destroy(CUT_OFF);
  }

  panic(error: unknown): void {
    try {
      this.#exchange.onPanic(error);
    } catch {
      this.destroy();
    }
  }

  destroy(): void {
    this.abort();
  }

  #onClose(): void {
    const { destroyed } = this.#stream;
    this.#owing.disarm();
    this.#stall.disarm();
    this.#pending = [];
    if (this.#state === 'exchange' && destroyed) this.#exchange.cancel('client gone', 499);
    this.#state = 'over';
  }

  // HTTP/1.1's upgrades do not exist in HTTP/2 (RFC 9113 §8.6), so no exchange asks for these.

  becomeTunnel(): void {}
  awaitTunnel(): void {}
  endTunnel(): void {}
  finish(): void {}
  reset(): void {}
}

function isUnfit(text: string): text is Unfit {
  return text in UNFIT;
}
