import type { Socket } from 'node:net';
import { giveUp } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { closeWhenWritten } from '../../network/close-when-written.ts';
import { cut } from '../../network/cut.ts';
import { Deadline } from '../../time/deadline.ts';
import type { BodyEncoding } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import type { OutgoingHead } from '../message/head-sink.ts';
import { TextHead } from '../message/text-head.ts';
import type { FailureClass } from '../policy/failure.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Tunnel, TunnelUpstream } from '../tunnel.ts';
import type { Upstream, UpstreamListener } from '../upstream.ts';
import { endBody, writeBody } from './body-writer.ts';
import { BulkBuffers } from './bulk-buffers.ts';
import type { Dial, DialPlan } from './dial.ts';
import { HeldWriteError } from './held-write-error.ts';
import { Outbox } from './outbox.ts';
import { type OddityWitness, ResponseReader } from './response-reader.ts';

/** The backend that connections belong to. */
export interface ConnectionHome extends OddityWitness {
  /** When it last sent the first byte of a response, to anybody on this thread. Milliseconds, monotonic. */
  answeredAt: number;
  dial(plan: DialPlan): Dial;
  keep(connection: UpstreamConnection): boolean;
  forget(connection: UpstreamConnection): void;
}

type State = 'connecting' | 'idle' | 'busy' | 'tunnel' | 'closed';

/** One HTTP/1.1 connection to a backend: carries one exchange at a time, then waits in the backend's pool. */
export class UpstreamConnection implements Upstream, TunnelUpstream, Owner {
  readonly kind = 'connection';
  readonly times: Dial;
  readonly #context: ProxyContext;
  readonly #backend: ConnectionHome;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #head = new TextHead();
  readonly #reader: ResponseReader;
  readonly #buffers: BulkBuffers;
  readonly #writeError: HeldWriteError;
  readonly #deadline = new Deadline(this, () => this.#guard(() => this.#onTimeout()));
  /** Armed while the backend takes nothing; made when that first happens. */
  #stall: Deadline | null = null;
  #state: State = 'connecting';
  #tunnel: Tunnel | null = null;
  /** Whether the backend was told that the present request is the last. */
  #last = false;
  #requestEncoding: BodyEncoding = 'none';
  #requestDone = false;
  #flushed = false;
  /** Whether a byte of the present response has arrived. */
  #answered = false;
  /** Whether the kernel refused the present request's first bytes, so that none of it was sent. */
  #refused = false;

  reused = false;

  constructor(context: ProxyContext, backend: ConnectionHome) {
    this.#context = context;
    this.#backend = backend;
    this.#buffers = new BulkBuffers(context.readBuffers);
    this.#reader = new ResponseReader(context, this, backend);
    this.times = backend.dial({
      protocols: null,
      onRead: (count, buffer) => this.#onRead(count, buffer),
      nextBuffer: () => this.#buffers.next(),
      onMade: () => this.#onMade(),
    });
    const { socket } = this.times;
    this.#socket = socket;
    // Where not even the first bytes could be written nothing is an answer to them.
    this.#writeError = new HeldWriteError(socket, () => this.#state === 'busy' && this.#flushed);
    this.#outbox = new Outbox(this, socket, context.flushes, (flowing) => this.#onFlushed(flowing));
    on(socket, 'drain', this, () => this.#guard(() => this.#onDrain()));
    on(socket, 'end', this, () => this.#guard(() => this.#onEnd()));
    on(socket, 'close', this, () => this.#guard(() => this.#onClose()));
  }

  get isReady(): boolean {
    return this.#state === 'idle' && !this.#socket.destroyed;
  }

  /** Whether it has waited for so long that the backend may be closing it right now. */
  get hasExpired(): boolean {
    return this.#deadline.isArmed && this.#context.now >= this.#deadline.dueAt;
  }

  backendIsSilentSince(at: number): boolean {
    return this.#backend.answeredAt < at;
  }

  claim(listener: UpstreamListener): void {
    this.#reader.listener = listener;
    if (this.#state === 'idle') this.#deadline.disarm();
  }

  send(head: OutgoingHead, encoding: BodyEncoding, toHead: boolean, last: boolean): void {
    const text = this.#head.of(head) + '\r\n';
    this.#state = 'busy';
    this.#reader.begin(toHead);
    this.#last = last;
    this.#requestEncoding = encoding;
    this.#requestDone = false;
    this.#answered = false;
    this.#refused = false;
    this.#flushed = false;
    this.#outbox.text(text);
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
    this.#reader.listener = null;
    this.#buffers.widen();
    this.#requestEncoding = 'until-close';
    this.#deadline.disarm();
    this.#socket.setKeepAlive(true, this.#context.tunnelProbeMs);
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
    this.#reader.listener = null;
    const trusted =
      this.#state === 'busy' &&
      this.#reader.isDone &&
      this.#requestDone &&
      this.#reader.response.persistent &&
      !this.#last;
    // What it has not taken of one request would stand before the next.
    const taken = this.#socket.writableLength === 0;
    const { deadlines, now } = this.#context;
    const idle = deadlines.idleUpstream(this.#reader.response.keptFor);
    if (!trusted || !taken || idle === null || this.#socket.readableEnded || this.#socket.destroyed) {
      this.destroy();
      return;
    }
    this.#state = 'idle';
    this.reused = true;
    this.#buffers.give(true);
    if (!this.#backend.keep(this)) {
      this.destroy();
      return;
    }
    this.#reader.release();
    if (this.#socket.isPaused()) this.#socket.resume();
    idle.arm(this.#deadline, now);
  }

  destroy(): void {
    const isTunnel = this.#tunnel !== null;
    this.#reader.listener = null;
    this.#tunnel = null;
    if (this.#state === 'idle') this.#backend.forget(this);
    if (isTunnel) cut(this.#socket, this.times.raw);
    else this.#socket.destroy();
  }

  finish(): void {
    if (closeWhenWritten(this, this.#socket, this.times.raw))
      this.#context.deadlines.stalledWrite.arm(this.#deadline, this.#context.now);
  }

  reset(): void {
    this.#reader.listener = null;
    cut(this.#socket, this.times.raw);
  }

  #onFlushed(flowing: boolean): void {
    if (!this.#flushed && this.#socket.errored !== null) this.#refused = true;
    this.#flushed = true;
    if (flowing) return;
    this.#stall ??= new Deadline(this, () => this.#guard(() => this.#onTimeout('stalled write')));
    this.#context.deadlines.stalledWrite.arm(this.#stall, this.#context.now);
    // A response is not due before the request is written.
    if (!this.#reader.isBegun) this.#deadline.disarm();
    const waiting = this.#socket.writableLength;
    this.#tunnel?.full('backend', waiting);
    this.#reader.listener?.onUpstreamFull(waiting);
  }

  #onDrain(): void {
    this.#stall?.disarm();
    if (!this.#reader.isBegun) this.#expectMore();
    this.#tunnel?.drained('backend');
    this.#reader.listener?.onUpstreamDrain();
  }

  #onMade(): void {
    this.#state = 'idle';
    this.#guard(() => this.#reader.listener?.onUpstreamReady());
  }

  #onTimeout(cause = !this.#reader.isBegun ? 'no response in time' : 'response idle timeout'): void {
    if (this.#tunnel !== null) {
      this.times.error = 'timeout';
      this.reset();
    } else if (this.#reader.listener === null) {
      this.destroy();
    } else {
      this.#reader.listener.onUpstreamFailed('timeout', cause);
    }
  }

  #onRead(count: number, buffer: Buffer): boolean {
    const { listener } = this.#reader;
    try {
      return this.#take(count, buffer);
    } catch (error) {
      this.#giveUp(error, listener);
      return false;
    }
  }

  #guard(run: () => void): void {
    const { listener } = this.#reader;
    try {
      run();
    } catch (error) {
      this.#giveUp(error, listener);
    }
  }

  panic(error: unknown): void {
    this.#lose(error, this.#reader.listener);
  }

  /** `listener`: of when the step began that has failed. */
  #giveUp(error: unknown, listener: UpstreamListener | null): void {
    const requestId = listener?.requestId ?? '';
    giveUp({ kind: this.kind, requestId, panic: () => this.#lose(error, listener) }, error);
  }

  /** A fault of our own: the exchange is given up, and with it this connection. */
  #lose(error: unknown, listener: UpstreamListener | null): void {
    const tunnel = this.#tunnel;
    try {
      this.destroy();
    } finally {
      tunnel?.panic(error);
      listener?.panic(error);
    }
  }

  /** The buffer is the thread's: nothing of it may be kept. Answers whether to read on. */
  #take(count: number, buffer: Buffer): boolean {
    if (this.#tunnel !== null) {
      this.#tunnel.fromBackend(buffer, 0, count);
      return true;
    }
    const { listener } = this.#reader;
    if (listener === null || this.#state !== 'busy') {
      // Bytes nobody asked for: whatever they are, the next client must not get them.
      this.destroy();
      return false;
    }
    if (!this.#flushed) {
      // They answer nothing: the request is still here.
      listener.onUpstreamFailed('unsent', 'bytes before the request');
      return false;
    }
    if (!this.#answered) this.#backend.answeredAt = this.#context.now;
    this.#answered = true;
    this.#buffers.note(buffer, count);
    const lent = this.#buffers.isLent(buffer);
    const end = this.#reader.read(buffer, count, lent);
    const switched = this.#tunnel as Tunnel | null;
    if (switched !== null) {
      // The first bytes of the new protocol, in the same read as the 101.
      if (end < count) switched.fromBackend(buffer, end, count);
      return true;
    }
    if (this.#reader.listener !== listener) return true;
    if (this.#buffers.isBulk(buffer, count)) this.#buffers.after(buffer, () => listener.flushResponse());
    if (this.#reader.isDone) {
      // RFC 9112 §9.3: with bytes behind the response the connection is out of step for good.
      if (end < count) this.#reader.response.persistent = false;
      listener.onResponseEnd(this.#reader.trailers);
    } else {
      this.#expectMore();
    }
    return true;
  }

  /** The backend owes the first byte of a response when it has the whole request, and from then on the next one. */
  #expectMore(): void {
    const { deadlines, now } = this.#context;
    if (this.#state !== 'busy') return;
    if (this.#reader.isBegun) deadlines.responseIdle.arm(this.#deadline, now);
    else if (this.#requestDone) deadlines.firstByte.arm(this.#deadline, now);
  }

  #onEnd(): void {
    const { listener } = this.#reader;
    if (this.#tunnel !== null) {
      this.#tunnel.ended('backend');
    } else if (this.#writeError.error !== null) {
      // No end that the backend has made: a body until the close may lack something.
      this.#socket.destroy(this.#writeError.error);
    } else if (listener === null || this.#state === 'idle') {
      this.destroy();
    } else if (this.#reader.end()) {
      listener.onResponseEnd(null);
    } else {
      listener.onUpstreamFailed(this.#lost('closed-early'), 'EOF');
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
    this.#buffers.give(false);
    this.#deadline.disarm();
    this.#stall?.disarm();
    if (state === 'idle') this.#backend.forget(this);
    this.#tunnel?.closed('backend', times.error !== '');
    const { listener } = this.#reader;
    if (listener === null) return;
    if (state === 'connecting' || (!this.#answered && !this.reused && times.wasRefusedLate)) {
      listener.onUpstreamFailed(times.failure, times.failureCause);
    } else {
      listener.onUpstreamFailed(this.#lost('reset-early'), times.error || 'closed');
    }
  }
}
