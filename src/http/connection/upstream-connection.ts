import { connect, type Socket } from 'node:net';
import { UPSTREAM_CLOSED, UPSTREAM_OPENED } from '../../telemetry/counters.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Exchange } from '../exchange.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { ChunkedDecoder } from '../message/chunked-decoder.ts';
import type { Fault } from '../message/fault.ts';
import { CHUNKED, UNTIL_CLOSE } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser, MORE } from '../message/head-parser.ts';
import { Response } from '../message/response.ts';
import type { Backend } from './backend.ts';
import { type BodyEncoding, endBody, writeBody } from './body-writer.ts';
import { Outbox } from './outbox.ts';

/** More 1xx responses than this to one request are an attack or a loop. */
const MAX_INTERIM = 16;

type State = 'connecting' | 'idle' | 'busy' | 'closed';
/** Where in the response the next byte belongs. */
type Reading = 'head' | 'length' | 'chunked' | 'until-close' | 'done';

/** One HTTP/1.1 connection to a backend: carries one exchange at a time, then waits in the backend's pool. */
export class UpstreamConnection {
  readonly #proxy: HttpProxy;
  readonly #backend: Backend;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #parser: HeadParser;
  readonly #response = new Response();
  readonly #decoder = new ChunkedDecoder();
  readonly #deadline = new Deadline(() => this.#onDeadline());
  #state: State = 'connecting';
  #exchange: Exchange | null = null;
  #reading: Reading = 'head';
  #left = 0;
  #interim = 0;
  #toHead = false;
  #requestEncoding: BodyEncoding = 'none';
  #requestDone = false;
  #flushed = false;
  #error = '';
  #timedOut = false;

  /** Whether an exchange has gone over it before the present one. */
  reused = false;
  /** Whether a byte of the present response has arrived. */
  answered = false;
  /** Whether the kernel refused the present request's first bytes, so that none of it was sent. */
  refused = false;

  constructor(proxy: HttpProxy, backend: Backend) {
    this.#proxy = proxy;
    this.#backend = backend;
    this.#parser = new HeadParser('response', proxy.settings.responseHead);
    this.#socket = connect({
      host: backend.host,
      port: backend.port,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: proxy.readBuffer,
        callback: (count, buffer) => this.#onRead(count, buffer as Buffer),
      },
    });
    this.#outbox = new Outbox(this.#socket, proxy.flushes, (flowing) => this.#onFlushed(flowing));
    this.#socket.on('connect', () => this.#onConnect());
    this.#socket.on('drain', () => this.#exchange?.onUpstreamDrain());
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    this.#socket.on('close', () => this.#onClose());
    proxy.deadlines.dial.arm(this.#deadline, proxy.now);
  }

  get isReady(): boolean {
    return this.#state === 'idle' && !this.#socket.destroyed;
  }

  /** Binds the exchange; when the connection is still being made, the exchange hears of its end. */
  claim(exchange: Exchange): void {
    this.#exchange = exchange;
    if (this.#state === 'idle') this.#deadline.disarm();
  }

  /** Begins a request. `encoding` is that of its body. */
  send(head: string, encoding: BodyEncoding, toHead: boolean): void {
    this.#state = 'busy';
    this.#reading = 'head';
    this.#interim = 0;
    this.#toHead = toHead;
    this.#requestEncoding = encoding;
    this.#requestDone = false;
    this.answered = false;
    this.refused = false;
    this.#flushed = false;
    this.#outbox.text(head);
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    writeBody(this.#outbox, this.#requestEncoding, bytes, start, end, false);
  }

  endRequest(trailers: Head | null): void {
    this.#requestDone = true;
    endBody(this.#outbox, this.#requestEncoding, trailers);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The exchange is over for this side; the connection goes back to its pool if it can be trusted. */
  release(): void {
    this.#exchange = null;
    const trusted =
      this.#state === 'busy' && this.#reading === 'done' && this.#requestDone && this.#response.persistent;
    if (!trusted || this.#socket.readableEnded || this.#socket.destroyed) {
      this.destroy();
      return;
    }
    this.#state = 'idle';
    this.reused = true;
    if (!this.#backend.keep(this)) {
      this.destroy();
      return;
    }
    this.#proxy.deadlines.upstreamIdle.arm(this.#deadline, this.#proxy.now);
  }

  destroy(): void {
    this.#exchange = null;
    if (this.#state === 'idle') this.#backend.forget(this);
    this.#socket.destroy();
  }

  #onFlushed(flowing: boolean): void {
    if (!this.#flushed && this.#socket.errored !== null) this.refused = true;
    this.#flushed = true;
    if (!flowing) this.#exchange?.onUpstreamFull();
  }

  #onConnect(): void {
    this.#proxy.counters.add(UPSTREAM_OPENED);
    this.#deadline.disarm();
    this.#state = 'idle';
    this.#exchange?.onUpstreamReady();
  }

  #onDeadline(): void {
    this.#timedOut = true;
    this.#socket.destroy();
  }

  /** The buffer is the thread's: nothing of it may be kept. Answers whether to read on. */
  #onRead(count: number, buffer: Buffer): boolean {
    const exchange = this.#exchange;
    if (this.#state !== 'busy' || exchange === null) {
      // Bytes nobody asked for: whatever they are, the next client must not get them.
      this.destroy();
      return false;
    }
    this.answered = true;
    const end = this.#read(exchange, buffer, count);
    if (this.#exchange !== exchange) return true;
    if (this.#reading === 'done') {
      // RFC 9112 §9.3: with bytes behind the response the connection is out of step for good.
      if (end < count) this.#response.persistent = false;
      exchange.onResponseEnd(this.#decoder.trailers);
      return true;
    }
    return true;
  }

  /** Takes what belongs to the response; answers where that ended. */
  #read(exchange: Exchange, buffer: Buffer, count: number): number {
    let pos = 0;
    while (pos < count) {
      switch (this.#reading) {
        case 'head': {
          const next = this.#parser.parse(buffer, pos, count);
          if (next === MORE) return count;
          if (next === FAULT) return this.#fail(exchange, this.#parser.fault);
          pos = next;
          if (!this.#onHead(exchange)) return pos;
          break;
        }
        case 'length': {
          const end = Math.min(count, pos + this.#left);
          this.#left -= end - pos;
          exchange.onResponseBody(buffer, pos, end);
          pos = end;
          if (this.#left === 0) this.#reading = 'done';
          break;
        }
        case 'chunked': {
          const next = this.#decoder.decode(buffer, pos, count, this.#proxy.settings.responseHead);
          if (next === FAULT) return this.#fail(exchange, this.#decoder.fault);
          exchange.onResponseBody(buffer, this.#decoder.dataStart, this.#decoder.dataEnd);
          if (next === MORE) return count;
          pos = next;
          this.#reading = 'done';
          break;
        }
        case 'until-close':
          exchange.onResponseBody(buffer, pos, count);
          return count;
        case 'done':
          return pos;
      }
      if (this.#exchange !== exchange) return pos;
    }
    return pos;
  }

  /** Answers whether to read on. */
  #onHead(exchange: Exchange): boolean {
    const { head } = this.#parser;
    const response = this.#response;
    const fault = response.read(head, this.#toHead);
    if (fault !== null) {
      this.#fail(exchange, fault);
      return false;
    }
    if (head.status < 200) return this.#onInterimHead(exchange, head);
    this.#decoder.reset();
    if (response.bodyLength === CHUNKED) this.#reading = 'chunked';
    else if (response.bodyLength === UNTIL_CLOSE) this.#reading = 'until-close';
    else this.#reading = response.bodyLength === 0 ? 'done' : 'length';
    this.#left = response.bodyLength;
    exchange.onResponseHead(head, response);
    return this.#reading !== 'done';
  }

  #onInterimHead(exchange: Exchange, head: Head): boolean {
    if (head.status === 101) {
      exchange.onUpstreamFailed('malformed', 'unexpected 101');
      return false;
    }
    if (++this.#interim > MAX_INTERIM) {
      exchange.onUpstreamFailed('malformed', 'too many 1xx responses');
      return false;
    }
    exchange.onInterim(head, this.#response);
    return true;
  }

  #fail(exchange: Exchange, fault: Fault): number {
    exchange.onUpstreamFailed('malformed', `malformed response: ${fault.name}`);
    return 0;
  }

  #onEnd(): void {
    const exchange = this.#exchange;
    if (this.#state !== 'busy' || exchange === null) {
      this.destroy();
      return;
    }
    if (this.#reading === 'until-close') {
      this.#reading = 'done';
      exchange.onResponseEnd(null);
    } else {
      exchange.onUpstreamFailed(this.answered ? 'truncated' : 'closed-early', 'EOF');
    }
  }

  #onClose(): void {
    const state = this.#state;
    this.#state = 'closed';
    this.#deadline.disarm();
    if (state !== 'connecting') this.#proxy.counters.add(UPSTREAM_CLOSED);
    if (state === 'idle') this.#backend.forget(this);
    const exchange = this.#exchange;
    if (exchange === null) return;
    if (state === 'connecting') {
      exchange.onUpstreamFailed('dial', this.#timedOut ? 'dial timeout' : `dial: ${this.#error}`);
    } else if (this.refused) {
      exchange.onUpstreamFailed('unsent', this.#error);
    } else {
      exchange.onUpstreamFailed(this.answered ? 'truncated' : 'reset-early', this.#error || 'closed');
    }
  }
}
