import type { ConnectionPool, SharedConnections } from '../connection/connection-pool.ts';
import type { ProxyContext } from '../proxy-context.ts';
import { BackendSession, type SessionHome } from './backend-session.ts';
import { Http2Upstream } from './http2-upstream.ts';

/** The HTTP/2 connections of a thread to one backend that was registered for HTTP/2. */
export class BackendSessions implements SharedConnections, SessionHome {
  readonly #context: ProxyContext;
  readonly #backend: ConnectionPool;
  readonly #sessions = new Set<BackendSession>();
  #speaks: 'http2' | 'http1' = 'http2';

  constructor(context: ProxyContext, backend: ConnectionPool) {
    this.#context = context;
    this.#backend = backend;
  }

  get isSpoken(): boolean {
    return this.#speaks === 'http2';
  }

  speakHttp1(): void {
    this.#speaks = 'http1';
  }

  /** `fresh`: not over a connection that other requests have gone over. */
  acquire(fresh: boolean): Http2Upstream {
    const session = this.#find(fresh) ?? this.#open();
    const upstream = new Http2Upstream(this.#context, session);
    session.join(upstream);
    return upstream;
  }

  forget(session: BackendSession): void {
    this.#sessions.delete(session);
  }

  retire(): void {
    for (const session of this.#sessions) session.retire();
  }

  shedIdle(): void {
    for (const session of this.#sessions) if (session.isIdle) session.retire();
  }

  #find(fresh: boolean): BackendSession | null {
    for (const session of this.#sessions) {
      if (session.hasRoom && !(fresh && session.served > 0)) return session;
    }
    return null;
  }

  #open(): BackendSession {
    this.#backend.room.make();
    const session = new BackendSession(this.#context, this.#backend, this);
    this.#sessions.add(session);
    return session;
  }
}
