import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  connect,
  constants,
} from 'node:http2';
import { contain } from '../../boundary/boundary.ts';
import { on, once } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { Deadline } from '../../time/deadline.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import type { Dial } from '../connection/dial.ts';
import type { FailureClass } from '../policy/failure.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Upstream } from '../upstream.ts';
import { SESSION_MB } from './session-memory.ts';
import { streamFailure } from './stream-failure.ts';

/** Requests at once on one connection, however many the backend allows. */
const MOST_STREAMS = 128;
/**
 * Bytes of all streams that a backend may send unread. Far more than one stream's, or one client that reads slowly
 * would hold up all others that share the connection.
 */
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** Node asks for one, though the connection is there already; what requests are for they say themselves. */
const ANY_AUTHORITY = 'http://backend';

type State = 'dialing' | 'open' | 'draining' | 'closed';

/** The backend's other connections, and what is known of it. */
export interface SessionHome {
  forget(session: BackendSession): void;
  /** The backend has turned out to know HTTP/1.1 alone. */
  speakHttp1(): void;
}

/** A request that waits for the connection to be made. */
interface Waiting extends Owner {
  onSessionOpen(): void;
  /** The backend speaks HTTP/1.1 alone: over another connection. */
  onSessionMoved(other: Upstream): void;
  onSessionFailed(failure: FailureClass, cause: string): void;
}

/** One HTTP/2 connection to a backend, which carries many exchanges at once. */
export class BackendSession implements Owner {
  readonly kind = 'connection';
  readonly dial: Dial;
  readonly scheme: 'http' | 'https';
  readonly #context: ProxyContext;
  readonly #backend: ConnectionPool;
  readonly #home: SessionHome;
  readonly #waiting = new Set<Waiting>();
  readonly #idle = new Deadline(this, () => this.retire());
  #state: State = 'dialing';
  #session: ClientHttp2Session | null = null;
  #streams = 0;
  /** The last stream the backend may have dealt with, once it says so. */
  #lastStream = Number.POSITIVE_INFINITY;
  /** Requests it has been given. */
  served = 0;

  constructor(context: ProxyContext, backend: ConnectionPool, home: SessionHome) {
    this.#context = context;
    this.#backend = backend;
    this.#home = home;
    this.scheme = backend.tls === null ? 'http' : 'https';
    this.dial = backend.dial({
      protocols: ['h2', 'http/1.1'],
      onRead: null,
      onMade: () => this.#onMade(),
    });
    on(this.dial.socket, 'close', this, () => this.#onClose());
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

  join(upstream: Waiting): void {
    this.#idle.disarm();
    if (this.#state === 'dialing') this.#waiting.add(upstream);
  }

  /** It no longer waits for the connection. */
  leave(upstream: Waiting): void {
    this.#waiting.delete(upstream);
  }

  request(fields: string[], options: ClientSessionRequestOptions): ClientHttp2Stream {
    const stream = this.#session!.request(fields, options);
    // What it means is told by the code that `close` finds; nobody may have asked for that yet when it comes.
    on(stream, 'error', this, ignore);
    this.served++;
    this.#streams++;
    this.#idle.disarm();
    once(stream, 'close', this, () => this.#onStreamClosed());
    return stream;
  }

  noteAnswer(): void {
    this.#backend.answeredAt = this.#context.now;
  }

  whyClosed(stream: ClientHttp2Stream, answered: boolean): { failure: FailureClass; cause: string } {
    const code = stream.rstCode ?? constants.NGHTTP2_NO_ERROR;
    if (code === constants.NGHTTP2_HTTP_1_1_REQUIRED) this.#home.speakHttp1();
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
    this.#home.forget(this);
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
    const { responseHead } = this.#context.settings;
    const options = {
      createConnection: () => socket,
      settings: { enablePush: false, maxHeaderListSize: responseHead.bytes },
      maxHeaderListPairs: responseHead.fields,
      maxSendHeaderBlockLength: this.#context.settings.requestHead.bytes * 2,
      maxSessionMemory: SESSION_MB,
      peerMaxConcurrentStreams: MOST_STREAMS,
      // What the client may repeat is for the backend to judge.
      strictSingleValueFields: false,
    };
    const session = connect(ANY_AUTHORITY, options);
    this.#session = session;
    this.#state = 'open';
    on(session, 'connect', this, () => session.setLocalWindowSize(CONNECTION_WINDOW));
    on(session, 'goaway', this, (_, lastStream) => {
      this.#lastStream = lastStream;
      this.retire();
    });
    on(session, 'error', this, (error: NodeJS.ErrnoException) => {
      this.dial.error ||= error.code ?? error.message;
    });
    on(session, 'close', this, () => socket.destroy());
    // Nothing is asked for in which a backend could begin a stream; should one all the same, it is not wanted.
    on(session, 'stream', this, (stream: ClientHttp2Stream) => {
      on(stream, 'error', this, ignore);
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    });
    for (const upstream of this.#waiting) {
      this.#waiting.delete(upstream);
      contain(upstream, () => upstream.onSessionOpen());
    }
    if (this.#backend.isRetired) this.retire();
    else this.#onIdle();
  }

  /** The handshake has settled on HTTP/1.1: from now on connections to this backend are made for that. */
  #moveAll(): void {
    this.#state = 'closed';
    this.#home.speakHttp1();
    this.#home.forget(this);
    this.dial.socket.destroy();
    for (const upstream of this.#waiting) contain(upstream, () => this.#move(upstream));
    this.#waiting.clear();
  }

  #move(upstream: Waiting): void {
    if (this.#backend.isRetired) upstream.onSessionFailed('unsent', 'backend gone');
    else upstream.onSessionMoved(this.#backend.acquire(true, true));
  }

  #onStreamClosed(): void {
    this.#streams--;
    this.#onIdle();
  }

  #onIdle(): void {
    if (this.#streams === 0 && this.#state === 'open') {
      this.#context.deadlines.upstreamIdle.arm(this.#idle, this.#context.now);
    }
  }

  #onClose(): void {
    this.#state = 'closed';
    this.#idle.disarm();
    this.#home.forget(this);
    this.#session?.destroy();
    const { failure, failureCause } = this.dial;
    for (const upstream of this.#waiting) {
      contain(upstream, () => upstream.onSessionFailed(failure, failureCause));
    }
    this.#waiting.clear();
  }
}

function ignore(): void {}
