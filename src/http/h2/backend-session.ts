import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  connect,
  constants,
} from 'node:http2';
import type { Owner } from '../../boundary/owner.ts';
import { Deadline } from '../../time/deadline.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import type { Dial } from '../connection/dial.ts';
import type { HttpProxy } from '../http-proxy.ts';
import type { FailureClass } from '../policy/failure.ts';
import type { BackendSessions } from './backend-sessions.ts';
import type { Http2Upstream } from './http2-upstream.ts';
import { SESSION_MB } from './session-memory.ts';
import { streamFailure } from './stream-failure.ts';

/** Requests at once on one connection, however many the backend allows. */
const MOST_STREAMS = 128;
/**
 * Bytes of all streams that a backend may send unread. Far more than one stream's, or one client that reads slowly
 * would hold up all others that share the connection.
 */
const CONNECTION_WINDOW = 16 * 1024 * 1024;

type State = 'dialing' | 'open' | 'draining' | 'closed';

/** One HTTP/2 connection to a backend, which carries many exchanges at once. */
export class BackendSession implements Owner {
  readonly kind = 'connection';
  readonly dial: Dial;
  readonly scheme: 'http' | 'https';
  readonly #proxy: HttpProxy;
  readonly #backend: ConnectionPool;
  readonly #sessions: BackendSessions;
  readonly #waiting = new Set<Http2Upstream>();
  readonly #idle = new Deadline(this, () => this.retire());
  #state: State = 'dialing';
  #session: ClientHttp2Session | null = null;
  #streams = 0;
  /** The last stream the backend may have dealt with, once it says so. */
  #lastStream = Number.POSITIVE_INFINITY;
  /** Requests it has been given. */
  served = 0;

  constructor(proxy: HttpProxy, backend: ConnectionPool, sessions: BackendSessions) {
    this.#proxy = proxy;
    this.#backend = backend;
    this.#sessions = sessions;
    this.scheme = backend.tls === null ? 'http' : 'https';
    this.dial = backend.dial({
      protocols: ['h2', 'http/1.1'],
      onRead: null,
      onMade: () => this.#onMade(),
    });
    this.dial.socket.on('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isIdle(): boolean {
    return this.#streams === 0 && this.#waiting.size === 0;
  }

  get backendAnsweredAt(): number {
    return this.#backend.answeredAt;
  }

  /** Whether one more request can go over it, now or when it is made. */
  get hasRoom(): boolean {
    if (this.#state === 'dialing') return this.#waiting.size < MOST_STREAMS;
    // Of a GOAWAY the session knows a moment before its event comes.
    if (this.#state !== 'open' || this.#session!.closed) return false;
    const allowed = this.#session!.remoteSettings.maxConcurrentStreams ?? MOST_STREAMS;
    return this.#streams < Math.min(allowed, MOST_STREAMS);
  }

  join(upstream: Http2Upstream): void {
    this.#idle.disarm();
    if (this.#state === 'dialing') this.#waiting.add(upstream);
  }

  /** It no longer waits for the connection. */
  leave(upstream: Http2Upstream): void {
    this.#waiting.delete(upstream);
  }

  request(fields: string[], options: ClientSessionRequestOptions): ClientHttp2Stream {
    this.served++;
    this.#streams++;
    this.#idle.disarm();
    const stream = this.#session!.request(fields, options);
    stream.once('close', () => this.#onStreamClosed());
    return stream;
  }

  noteAnswer(): void {
    this.#backend.answeredAt = this.#proxy.now;
  }

  whyClosed(stream: ClientHttp2Stream, answered: boolean): { failure: FailureClass; cause: string } {
    const code = stream.rstCode ?? constants.NGHTTP2_NO_ERROR;
    if (code === constants.NGHTTP2_HTTP_1_1_REQUIRED) this.#sessions.speakHttp1();
    const failure = streamFailure({
      code,
      answered,
      unseen: stream.id === undefined || stream.id > this.#lastStream,
      connectionLost: this.dial.socket.destroyed,
    });
    return { failure, cause: this.dial.error || `HTTP/2 stream closed with code ${code}` };
  }

  /** Exchanges under way finish, no other comes. */
  retire(): void {
    if (this.#state === 'dialing') {
      if (this.#waiting.size === 0) this.dial.giveUp('not needed');
      return;
    }
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#sessions.forget(this);
    this.#session!.close();
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
    const { responseHead } = this.#proxy.settings;
    const session = connect(`${this.scheme}://${this.#backend.host}`, {
      createConnection: () => socket,
      settings: { enablePush: false, maxHeaderListSize: responseHead.bytes },
      maxHeaderListPairs: responseHead.fields,
      maxSendHeaderBlockLength: this.#proxy.settings.requestHead.bytes * 2,
      maxSessionMemory: SESSION_MB,
      peerMaxConcurrentStreams: MOST_STREAMS,
    });
    this.#session = session;
    this.#state = 'open';
    session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW));
    session.on('goaway', (_, lastStream) => {
      this.#lastStream = lastStream;
      this.retire();
    });
    session.on('error', (error: NodeJS.ErrnoException) => {
      this.dial.error ||= error.code ?? error.message;
    });
    session.on('close', () => socket.destroy());
    for (const upstream of this.#waiting) {
      this.#waiting.delete(upstream);
      upstream.onSessionOpen();
    }
    this.#onIdle();
  }

  /** The handshake has settled on HTTP/1.1: from now on connections to this backend are made for that. */
  #moveAll(): void {
    this.#state = 'closed';
    this.#sessions.speakHttp1();
    this.#sessions.forget(this);
    this.dial.socket.destroy();
    for (const upstream of this.#waiting) upstream.onSessionMoved(this.#backend.acquire(true, true));
    this.#waiting.clear();
  }

  #onStreamClosed(): void {
    this.#streams--;
    this.#onIdle();
  }

  #onIdle(): void {
    if (this.#streams === 0 && this.#state === 'open') {
      this.#proxy.deadlines.upstreamIdle.arm(this.#idle, this.#proxy.now);
    }
  }

  #onClose(): void {
    this.#state = 'closed';
    this.#idle.disarm();
    this.#sessions.forget(this);
    this.#session?.destroy();
    const { failure, failureCause } = this.dial;
    for (const upstream of this.#waiting) upstream.onSessionFailed(failure, failureCause);
    this.#waiting.clear();
  }
}
