import type { Socket } from 'node:net';
import type { Owner } from '../../boundary/owner.ts';
import { cut } from '../../network/cut.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Exchange } from '../exchange.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { BodyReader } from '../message/body-reader.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser, MORE } from '../message/head-parser.ts';
import { Response } from '../message/response.ts';
import type { FailureClass } from '../policy/failure.ts';
import { responseFault } from '../policy/response-fault.ts';
import { MAX_INTERIM } from '../policy/response-lines.ts';
import type { Tunnel } from '../tunnel.ts';
import type { TunnelUpstream, Upstream } from '../upstream.ts';
import { type BodyEncoding, endBody, writeBody } from './body-writer.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Dial } from './dial.ts';
import { Outbox } from './outbox.ts';

/** Bytes of one read from which on it is bulk. */
const BULK_BYTES = 16 * 1024;

type State = 'connecting' | 'idle' | 'busy' | 'tunnel' | 'closed';
/** Where in the response the next byte belongs; `start` is before the first byte of a head, 1xx or final. */
type Reading = 'start' | 'head' | 'body' | 'done';

/** One HTTP/1.1 connection to a backend: carries one exchange at a time, then waits in the backend's pool. */
export class UpstreamConnection implements Upstream, TunnelUpstream, Owner {
  readonly kind = 'connection';
  readonly times: Dial;
  readonly #proxy: HttpProxy;
  readonly #backend: ConnectionPool;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #parser: HeadParser;
  readonly #response = new Response();
  readonly #body: BodyReader;
  readonly #deadline = new Deadline(this, () => this.#guard(() => this.#onTimeout()));
  /** Armed while the backend takes nothing; made when that first happens. */
  #stall: Deadline | null = null;
  #state: State = 'connecting';
  #exchange: Exchange | null = null;
  #tunnel: Tunnel | null = null;
  #reading: Reading = 'start';
  #interim = 0;
  #toHead = false;
  /** Whether the backend was told that the present request is the last. */
  #last = false;
  #requestEncoding: BodyEncoding = 'none';
  #requestDone = false;
  #flushed = false;
  /** Whether a byte of the present response has arrived. */
  #answered = false;
  /** Whether the kernel refused the present request's first bytes, so that none of it was sent. */
  #refused = false;

  /** Into which a bulk response is read, so that its bytes need not be copied. */
  #own: Buffer | null = null;
  /** Those of before, of which the client's connection has not written everything yet. */
  readonly #spent: Buffer[] = [];
  /** What is read into next. */
  #into: Buffer;

  reused = false;

  constructor(proxy: HttpProxy, backend: ConnectionPool) {
    this.#proxy = proxy;
    this.#backend = backend;
    this.#into = proxy.readBuffers.shared;
    this.#parser = new HeadParser('response', proxy.settings.responseHead);
    this.#body = new BodyReader(proxy.settings.responseHead);
    this.times = backend.dial({
      protocols: null,
      onRead: (count, buffer) => this.#onRead(count, buffer),
      nextBuffer: () => this.#nextBuffer(),
      onMade: () => this.#onMade(),
    });
    const { socket } = this.times;
    this.#socket = socket;
    this.#outbox = new Outbox(this, socket, proxy.flushes, (flowing) => this.#onFlushed(flowing));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => this.#guard(() => this.#onEnd()));
    socket.on('close', () => this.#guard(() => this.#onClose()));
  }

  get isReady(): boolean {
    return this.#state === 'idle' && !this.#socket.destroyed;
  }

  backendIsSilentSince(at: number): boolean {
    return this.#backend.answeredAt < at;
  }

  claim(exchange: Exchange): void {
    this.#exchange = exchange;
    if (this.#state === 'idle') this.#deadline.disarm();
  }

  send(head: string, encoding: BodyEncoding, toHead: boolean, last: boolean): void {
    this.#state = 'busy';
    this.#reading = 'start';
    this.#parser.limits = this.#proxy.settings.responseHead;
    this.#interim = 0;
    this.#toHead = toHead;
    this.#last = last;
    this.#requestEncoding = encoding;
    this.#requestDone = false;
    this.#answered = false;
    this.#refused = false;
    this.#flushed = false;
    this.#outbox.text(head);
  }

  sendBody(bytes: Buffer, start: number, end: number): void {
    writeBody(this.#outbox, this.#requestEncoding, bytes, start, end, false);
  }

  flush(): boolean {
    this.#outbox.flush();
    return this.#outbox.isEmpty;
  }

  endRequest(trailers: Head | null): void {
    this.#requestDone = true;
    endBody(this.#outbox, this.#requestEncoding, trailers);
    this.#expectMore();
  }

  becomeTunnel(tunnel: Tunnel): void {
    this.#state = 'tunnel';
    this.#tunnel = tunnel;
    this.#exchange = null;
    this.#requestEncoding = 'until-close';
    this.#deadline.disarm();
    this.#socket.setKeepAlive(true, this.#proxy.tunnelProbeMs);
  }

  endTunnel(): void {
    this.#outbox.flush();
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
    this.#deadline.disarm();
  }

  resume(): void {
    this.#socket.resume();
    this.#expectMore();
  }

  release(): void {
    this.#exchange = null;
    const trusted =
      this.#state === 'busy' &&
      this.#reading === 'done' &&
      this.#requestDone &&
      this.#response.persistent &&
      !this.#last;
    // What it has not taken of one request would stand before the next.
    const taken = this.#socket.writableLength === 0;
    if (!trusted || !taken || this.#socket.readableEnded || this.#socket.destroyed) {
      this.destroy();
      return;
    }
    this.#state = 'idle';
    this.reused = true;
    this.#giveOwn(true);
    if (!this.#backend.keep(this)) {
      this.destroy();
      return;
    }
    this.#parser.release();
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#proxy.deadlines.upstreamIdle.arm(this.#deadline, this.#proxy.now);
  }

  destroy(): void {
    this.#exchange = null;
    if (this.#state === 'idle') this.#backend.forget(this);
    this.#socket.destroy();
  }

  finish(): void {
    if (this.#socket.writableEnded) this.#proxy.deadlines.stalledWrite.arm(this.#deadline, this.#proxy.now);
    else this.#socket.destroy();
  }

  reset(): void {
    this.#exchange = null;
    cut(this.#socket, this.times.raw);
  }

  #onFlushed(flowing: boolean): void {
    if (!this.#flushed && this.#socket.errored !== null) this.#refused = true;
    this.#flushed = true;
    if (flowing) return;
    this.#stall ??= new Deadline(this, () => this.#guard(() => this.#onTimeout('stalled write')));
    this.#proxy.deadlines.stalledWrite.arm(this.#stall, this.#proxy.now);
    // A response is not due before the request is written.
    if (this.#reading === 'start') this.#deadline.disarm();
    this.#tunnel?.full('backend');
    this.#exchange?.onUpstreamFull();
  }

  #onDrain(): void {
    this.#stall?.disarm();
    if (this.#reading === 'start') this.#expectMore();
    this.#tunnel?.drained('backend');
    this.#exchange?.onUpstreamDrain();
  }

  #onMade(): void {
    this.#state = 'idle';
    this.#guard(() => this.#exchange?.onUpstreamReady());
  }

  #onTimeout(cause = this.#reading === 'start' ? 'no response in time' : 'response idle timeout'): void {
    if (this.#tunnel !== null) {
      this.times.error = 'timeout';
      this.reset();
    } else if (this.#exchange === null) {
      this.destroy();
    } else {
      this.#exchange.onUpstreamFailed('timeout', cause);
    }
  }

  #onRead(count: number, buffer: Buffer): boolean {
    const exchange = this.#exchange;
    try {
      return this.#take(count, buffer);
    } catch (error) {
      this.#panic(error, exchange);
      return false;
    }
  }

  #guard(run: () => void): void {
    const exchange = this.#exchange;
    try {
      run();
    } catch (error) {
      this.#panic(error, exchange);
    }
  }

  panic(error: unknown): void {
    this.#panic(error, this.#exchange);
  }

  /** A fault of our own: the exchange is given up, and with it this connection. */
  #panic(error: unknown, exchange: Exchange | null): void {
    this.#exchange = null;
    this.#socket.destroy();
    exchange?.downstream.panic(error);
  }

  /** The buffer is the thread's: nothing of it may be kept. Answers whether to read on. */
  #take(count: number, buffer: Buffer): boolean {
    if (this.#tunnel !== null) {
      this.#tunnel.fromBackend(buffer, 0, count);
      return true;
    }
    const exchange = this.#exchange;
    if (exchange === null || this.#state !== 'busy') {
      // Bytes nobody asked for: whatever they are, the next client must not get them.
      this.destroy();
      return false;
    }
    if (!this.#flushed) {
      // They answer nothing: the request is still here.
      exchange.onUpstreamFailed('unsent', 'bytes before the request');
      return false;
    }
    if (!this.#answered) this.#backend.answeredAt = this.#proxy.now;
    this.#answered = true;
    const lent = buffer === this.#proxy.readBuffers.shared;
    const end = this.#read(exchange, buffer, count, lent);
    const switched = this.#tunnel as Tunnel | null;
    if (switched !== null) {
      // The first bytes of the new protocol, in the same read as the 101.
      if (end < count) switched.fromBackend(buffer, end, count);
      return true;
    }
    if (this.#exchange !== exchange) return true;
    if (buffer === this.#own || (lent && count > BULK_BYTES)) this.#useOwn(exchange, lent);
    if (this.#reading === 'done') {
      // RFC 9112 §9.3: with bytes behind the response the connection is out of step for good.
      if (end < count) this.#response.persistent = false;
      exchange.onResponseEnd(this.#body.trailers);
    } else {
      this.#expectMore();
    }
    return true;
  }

  /** After a read of much the next goes into a buffer of its own, and what was read into that is written at once. */
  #useOwn(exchange: Exchange, lent: boolean): void {
    if (lent) {
      this.#own ??= this.#proxy.readBuffers.take();
    } else if (exchange.downstream.response.flush()) {
      this.#giveSpent(true);
    } else {
      // A client that does not keep up: what it has not taken stays where it is.
      this.#spent.push(this.#own!);
      this.#own = null;
    }
  }

  /** `written`: no connection waits to write anything of them. */
  #giveSpent(written: boolean): void {
    while (this.#spent.length > 0) this.#proxy.readBuffers.give(this.#spent.pop()!, written);
  }

  #giveOwn(written: boolean): void {
    if (this.#own !== null) this.#proxy.readBuffers.give(this.#own, written);
    this.#own = null;
    this.#giveSpent(false);
  }

  #nextBuffer(): Buffer | null {
    const next = this.#own ?? this.#proxy.readBuffers.shared;
    if (next === this.#into) return null;
    this.#into = next;
    return next;
  }

  /** The backend owes the first byte of a response when it has the whole request, and from then on the next one. */
  #expectMore(): void {
    const { deadlines, now } = this.#proxy;
    if (this.#state !== 'busy') return;
    if (this.#reading !== 'start') deadlines.responseIdle.arm(this.#deadline, now);
    else if (this.#requestDone) deadlines.firstByte.arm(this.#deadline, now);
  }

  /** Takes what belongs to the response; answers where that ended. */
  #read(exchange: Exchange, buffer: Buffer, count: number, lent: boolean): number {
    let pos = 0;
    while (pos < count && this.#exchange === exchange) {
      switch (this.#reading) {
        case 'start':
        case 'head': {
          const next = this.#parser.parse(buffer, pos, count);
          if (next === MORE) {
            this.#reading = 'head';
            return count;
          }
          if (next === FAULT) {
            exchange.onUpstreamFailed('malformed', responseFault(this.#parser.fault, this.#proxy.settings));
            return count;
          }
          pos = next;
          this.#onHead(exchange);
          break;
        }
        case 'body': {
          const body = this.#body;
          const next = body.read(buffer, pos, count);
          if (next === FAULT) {
            exchange.onUpstreamFailed('malformed', `malformed response: ${body.fault.name}`);
            return count;
          }
          exchange.onResponseBody(buffer, body.dataStart, body.dataEnd, lent);
          pos = next;
          if (body.isDone) this.#reading = 'done';
          break;
        }
        case 'done':
          return pos;
      }
    }
    return pos;
  }

  #onHead(exchange: Exchange): void {
    const { head } = this.#parser;
    const response = this.#response;
    const fault = response.read(head, this.#toHead);
    if (fault !== null) {
      exchange.onUpstreamFailed('malformed', `malformed response: ${fault.name}`);
    } else if (head.status === 101) {
      exchange.onSwitchingProtocols(head, response, this);
    } else if (head.status < 200) {
      this.#reading = 'start';
      if (++this.#interim > MAX_INTERIM) exchange.onUpstreamFailed('malformed', 'too many 1xx responses');
      else exchange.onInterim(head, response);
    } else {
      this.#body.begin(response.bodyLength);
      this.#reading = this.#body.isDone ? 'done' : 'body';
      exchange.onResponseHead(head, response);
    }
  }

  #onEnd(): void {
    const exchange = this.#exchange;
    if (this.#tunnel !== null) {
      this.#tunnel.ended('backend');
    } else if (exchange === null || this.#state === 'idle') {
      this.destroy();
    } else if (this.#reading === 'body' && this.#body.endsWithConnection) {
      this.#reading = 'done';
      exchange.onResponseEnd(null);
    } else {
      exchange.onUpstreamFailed(this.#lost('closed-early'), 'EOF');
    }
  }

  /** What it means for an exchange under way that its connection is gone. */
  #lost(unanswered: 'closed-early' | 'reset-early'): FailureClass {
    if (this.#answered) return 'truncated';
    return this.#refused || !this.#flushed ? 'unsent' : unanswered;
  }

  #onClose(): void {
    const state = this.#state;
    const { times } = this;
    this.#state = 'closed';
    this.#giveOwn(false);
    this.#deadline.disarm();
    this.#stall?.disarm();
    if (state === 'idle') this.#backend.forget(this);
    this.#tunnel?.closed('backend', times.error !== '');
    const exchange = this.#exchange;
    if (exchange === null) return;
    if (state === 'connecting' || (!this.#answered && !this.reused && times.wasRefusedLate)) {
      exchange.onUpstreamFailed(times.failure, times.failureCause);
    } else {
      exchange.onUpstreamFailed(this.#lost('reset-early'), times.error || 'closed');
    }
  }
}
