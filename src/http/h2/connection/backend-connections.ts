import type { ConnectionPool, SharedConnections } from '../../connection/connection-pool.ts';
import { BackendConnection, type ConnectionHome, MOST_STREAMS } from './backend-connection.ts';
import { BackendStream } from './backend-stream.ts';
import type { Http2Parts } from './http2-parts.ts';

/** The HTTP/2 connections of a thread to one backend that was registered for HTTP/2. */
export class BackendConnections implements SharedConnections, ConnectionHome {
  mostStreams = MOST_STREAMS;
  readonly #parts: Http2Parts;
  readonly #backend: ConnectionPool;
  readonly #connections = new Set<BackendConnection>();
  #speaks: 'http2' | 'http1' = 'http2';

  constructor(parts: Http2Parts, backend: ConnectionPool) {
    this.#parts = parts;
    this.#backend = backend;
  }

  get isSpoken(): boolean {
    return this.#speaks === 'http2';
  }

  speakHttp1(): void {
    this.#speaks = 'http1';
  }

  /** `fresh`: not over a connection that other requests have gone over. */
  acquire(fresh: boolean): BackendStream {
    const connection = this.#find(fresh) ?? this.#open();
    const stream = new BackendStream(this.#parts, connection);
    connection.join(stream);
    return stream;
  }

  forget(connection: BackendConnection): void {
    this.#connections.delete(connection);
  }

  retire(): void {
    for (const connection of this.#connections) connection.retire();
  }

  shedIdle(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.retire();
  }

  #find(fresh: boolean): BackendConnection | null {
    for (const connection of this.#connections) {
      if (connection.hasRoom && !(fresh && connection.served > 0)) return connection;
    }
    return null;
  }

  #open(): BackendConnection {
    this.#backend.room.make();
    const connection = new BackendConnection(this.#parts, this.#backend, this);
    this.#connections.add(connection);
    return connection;
  }
}
