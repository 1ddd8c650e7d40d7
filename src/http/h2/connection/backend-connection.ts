import { contain } from '../../../boundary/boundary.ts';
import { on } from '../../../boundary/events.ts';
import type { Owner } from '../../../boundary/owner.ts';
import { Deadline } from '../../../time/deadline.ts';
import { TokenBucket } from '../../../time/token-bucket.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import type { Dial } from '../../connection/dial.ts';
import { Outbox } from '../../connection/outbox.ts';
import type { OutgoingHead } from '../../message/head-sink.ts';
import type { FailureClass } from '../../policy/failure.ts';
import type { ProxyContext } from '../../proxy-context.ts';
import type { Upstream } from '../../upstream.ts';
import {
  CANCEL,
  ENABLE_PUSH,
  ENHANCE_YOUR_CALM,
  MAX_HEADER_LIST_SIZE,
  MAX_STREAM_ID,
  PROTOCOL_ERROR,
} from '../codes.ts';
import type { ConnectionError } from '../connection-error.ts';
import { Session, type SessionListener } from '../session.ts';
import type { Stream } from '../stream.ts';
import type { Streams } from '../streams.ts';
import type { Waste } from '../waste.ts';
import type { Http2Parts } from './http2-parts.ts';
import { Standing } from './standing.ts';

/** Requests at once on one connection, however many the backend allows. */
export const MOST_STREAMS = 128;
/**
 * Bytes of all streams that a backend may send unread. Far more than one stream's, or one client that reads slowly
 * would hold up all others that share the connection.
 */
const WINDOW = 8 * 1024 * 1024;
/** Requests that may be given up here before the connection gets no more. */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 15;
const LIFE_PING = 'are you?';

type State =
  | 'dialing'
  | 'open'
  /** Requests under way finish, no other comes. */
  | 'draining'
  /** Our last word is on its way. */
  | 'ending'
  | 'closed';

/** The backend's other connections, and what is known of it. */
export interface ConnectionHome {
  /** Requests that the backend takes at once on a connection, as it has said last. */
  mostStreams: number;
  forget(connection: BackendConnection): void;
  /** The backend has turned out to know HTTP/1.1 alone. */
  speakHttp1(): void;
}

/** A request that waits for the connection to be made. */
interface Waiting extends Owner {
  onConnectionOpen(): void;
  /** The backend speaks HTTP/1.1 alone: over another connection. */
  onConnectionMoved(other: Upstream): void;
  onConnectionFailed(failure: FailureClass, cause: string): void;
}

/** One HTTP/2 connection to a backend, which carries many exchanges at once. */
export class BackendConnection implements Owner, SessionListener {
  readonly kind = 'connection';
  readonly parts: Http2Parts;
  readonly dial: Dial;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly #context: ProxyContext;
  readonly #backend: ConnectionPool;
  readonly #home: ConnectionHome;
  readonly #scheme: 'http' | 'https';
  readonly #waiting = new Set<Waiting>();
  readonly #idle = new Deadline(this, () => this.retire());
  /** The backend owes an answer to a PING, or the rest of what it has begun. */
  readonly #owing = new Deadline(this, () => this.#onSilence());
  readonly #resets: TokenBucket;
  readonly #standing: Standing;
  /** Why the stream that is lost right now is malformed; empty: it is not. */
  #flaw = '';
  #state: State = 'dialing';
  /** Whether it has said nothing in time to a request: it is asked whether it is there, and gets no other meanwhile. */
  #isDoubted = false;
  /** The first stream of which no byte has gone out. */
  #firstUnsent = 1;
  /** Requests it has been given. */
  served = 0;

  constructor(parts: Http2Parts, backend: ConnectionPool, home: ConnectionHome) {
    const { context } = parts;
    const { responseHead } = context.settings;
    this.parts = parts;
    this.#context = context;
    this.#backend = backend;
    this.#home = home;
    this.#scheme = backend.tls === null ? 'http' : 'https';
    this.dial = backend.dial({
      protocols: ['h2', 'http/1.1'],
      onRead: (count, buffer) => this.#onRead(count, buffer),
      onMade: () => this.#onMade(),
    });
    const { socket } = this.dial;
    this.outbox = new Outbox(this, socket, context.flushes, (flowing) => this.#onFlushed(flowing));
    const plan = {
      isServer: false,
      settings: [ENABLE_PUSH, 0, MAX_HEADER_LIST_SIZE, responseHead.bytes],
      limits: { head: responseHead, trailers: responseHead },
      window: WINDOW,
      room: parts.room,
    };
    this.session = new Session(plan, this.outbox, parts.fields, this);
    this.#standing = new Standing(parts, '');
    this.#resets = new TokenBucket(RESET_BURST, RESETS_PER_SECOND, context.now);
    on(socket, 'drain', this, () => this.streams.sender.unblock());
    on(socket, 'end', this, () => socket.destroy());
    on(socket, 'close', this, () => this.#onClose());
  }

  get streams(): Streams {
    return this.session.streams;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isIdle(): boolean {
    return this.streams.size === 0 && this.#waiting.size === 0;
  }

  get backendAnsweredAt(): number {
    return this.#backend.answeredAt;
  }

  /** Whether one more request can go over it, now or when it is made. */
  get hasRoom(): boolean {
    if (this.#state === 'dialing') return this.#waiting.size < this.#home.mostStreams;
    if (this.#state !== 'open' || this.#isDoubted) return false;
    // It is gone already, and will tell so.
    if (this.session.hasFailed || this.dial.socket.destroyed) return false;
    // Until it says so itself it allows what others did: what is beyond would only be refused (RFC 9113 §5.1.2).
    return this.streams.size < (this.session.hasSettings ? this.#mostStreams : this.#home.mostStreams);
  }

  get #mostStreams(): number {
    return Math.min(this.streams.peer.maxStreams, MOST_STREAMS);
  }

  join(request: Waiting): void {
    this.#idle.disarm();
    if (this.#state === 'dialing') this.#waiting.add(request);
  }

  /** It no longer waits for the connection. */
  leave(request: Waiting): void {
    this.#waiting.delete(request);
  }

  /** `ends`: nothing follows the head. Answers whether it goes out: not when others' streams would suffer for its length. */
  request(stream: Stream, head: OutgoingHead, ends: boolean): boolean {
    const { streams, parts } = this;
    const block = parts.block.of(head, this.#scheme);
    if (!streams.sender.mayCarry(block)) {
      this.onIdle();
      return false;
    }
    const id = streams.nextOwn;
    streams.nextOwn += 2;
    this.served++;
    this.#idle.disarm();
    streams.begin(stream, id);
    streams.sender.head(stream, block, ends);
    // RFC 9113 §5.1.1: ids are used up one day.
    if (id + 2 > MAX_STREAM_ID) this.retire();
    return true;
  }

  /**
   * One of its requests was given up here. A backend counts these, and ends the connection of whoever is over its limit
   * (nghttp2: 1000, and 33 a second): long before that others begin on another connection, and those under way finish.
   */
  noteReset(): void {
    if (!this.#resets.take(1, this.#context.now)) this.retire();
  }

  /** What is to be said of a stream that has just been lost. */
  causeOf(code: number): string {
    const flaw = this.#flaw;
    this.#flaw = '';
    return (
      flaw || this.dial.error || this.session.failure?.reason || `HTTP/2 stream closed with code ${code}`
    );
  }

  noteAnswer(): void {
    this.#backend.answeredAt = this.#context.now;
  }

  /** It speaks HTTP/1.1 alone, of this request at least (RFC 9113 §7). */
  noteHttp1Required(): void {
    this.#home.speakHttp1();
  }

  /** A request has waited in vain: is it the backend's doing, or is nobody there? */
  doubt(): void {
    if (this.#isDoubted || this.session.hasFailed) return;
    this.#isDoubted = true;
    this.session.ping(LIFE_PING);
    this.#context.deadlines.handshake.arm(this.#owing, this.#context.now);
  }

  /** Exchanges under way finish, no other comes. */
  retire(): void {
    if (this.#state === 'dialing') {
      if (this.#waiting.size === 0) this.dial.giveUp('not needed');
      return;
    }
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#home.forget(this);
    this.session.close();
    this.#endIfIdle();
  }

  panic(): void {
    this.dial.panic();
  }

  #onMade(): void {
    const { socket } = this.dial;
    if (this.#backend.tls !== null && 'alpnProtocol' in socket && socket.alpnProtocol !== 'h2') {
      this.#moveAll();
      return;
    }
    // HTTP/2 has ends of its own: nobody half-closes the connection under it.
    socket.allowHalfOpen = false;
    this.#state = 'open';
    this.#context.deadlines.handshake.arm(this.#owing, this.#context.now);
    this.session.begin();
    for (const request of this.#waiting) {
      this.#waiting.delete(request);
      contain(request, () => request.onConnectionOpen());
    }
    if (this.#backend.isRetired) this.retire();
    else this.onIdle();
  }

  /** The handshake has settled on HTTP/1.1: from now on connections to this backend are made for that. */
  #moveAll(): void {
    this.#state = 'closed';
    this.#home.speakHttp1();
    this.#home.forget(this);
    this.dial.socket.destroy();
    for (const request of this.#waiting) contain(request, () => this.#move(request));
    this.#waiting.clear();
  }

  #move(request: Waiting): void {
    if (this.#backend.isRetired) request.onConnectionFailed('unsent', 'backend gone');
    else request.onConnectionMoved(this.#backend.acquire(true, true));
  }

  /** The buffer is the thread's: nothing of it may be kept. Answers whether to read on. */
  #onRead(count: number, buffer: Buffer): boolean {
    if (this.#state === 'dialing' || this.#state === 'ending' || this.session.hasFailed) return true;
    this.session.read(buffer, count);
    if (this.session.isOwed) {
      if (!this.#owing.isArmed) this.#context.deadlines.responseIdle.arm(this.#owing, this.#context.now);
    } else if (!this.#isDoubted && this.session.hasSettings) {
      this.#owing.disarm();
    }
    return true;
  }

  #onFlushed(flowing: boolean): void {
    this.#firstUnsent = this.streams.nextOwn;
    if (!flowing) this.streams.sender.block();
  }

  // What the session tells.

  onSettings(): void {
    // A next connection is for one at least: it may be allowed more, which is known only once there is one.
    this.#home.mostStreams = Math.max(this.#mostStreams, 1);
  }

  /** Nobody but this side begins streams. */
  onStream(): null {
    return null;
  }

  onMalformed(flaw: string): void {
    this.#flaw = `malformed response: ${flaw}`;
  }

  onRefused(): void {}

  onPong(): void {
    this.#isDoubted = false;
    this.#owing.disarm();
  }

  onGoaway(): void {
    this.retire();
  }

  onIdle(): void {
    if (this.#state === 'draining') this.#endIfIdle();
    else if (this.#state === 'open' && this.isIdle) {
      this.#context.deadlines.upstreamIdle.arm(this.#idle, this.#context.now);
    }
  }

  onFailed({ reason }: ConnectionError): void {
    this.dial.error ||= reason;
    this.#home.forget(this);
    this.#sayLast();
  }

  /** Small pieces are what many clients of it may have asked for, as gRPC's streams are. */
  onWaste(kind: Waste, share: number): void {
    if (kind === 'http2_small_data') return;
    if (!this.#standing.mayWaste(kind, share, this.streams.sender.frames))
      this.session.fail({ code: ENHANCE_YOUR_CALM, reason: kind });
  }

  // The end.

  #onSilence(): void {
    if (this.#state === 'ending') {
      this.dial.socket.destroy();
      return;
    }
    this.dial.error ||= 'timeout';
    this.session.fail({ code: PROTOCOL_ERROR, reason: 'silence' });
  }

  #endIfIdle(): void {
    if (this.streams.size === 0) this.#sayLast();
  }

  #sayLast(): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#state = 'ending';
    this.#idle.disarm();
    this.outbox.flush();
    this.dial.socket.destroySoon();
    // It may never take what is still to be written.
    this.#context.deadlines.linger.arm(this.#owing, this.#context.now);
  }

  #onClose(): void {
    this.#state = 'closed';
    this.#idle.disarm();
    this.#owing.disarm();
    this.#home.forget(this);
    this.streams.loseAll(CANCEL, 'connection', this.#firstUnsent - 1, true);
    this.session.end();
    const { failure, failureCause } = this.dial;
    for (const request of this.#waiting)
      contain(request, () => request.onConnectionFailed(failure, failureCause));
    this.#waiting.clear();
  }
}
