import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { DOWNSTREAM_CLOSED, DOWNSTREAM_OPENED } from '../../telemetry/counters.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Client } from '../connection/client.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { type ClientFacts, clientFacts } from '../policy/client-facts.ts';
import { Http2Downstream } from './http2-downstream.ts';

/** Requests under way at once. RFC 9113 §6.5.2 asks for at least 100. */
const MAX_STREAMS = 128;
/** Megabytes of one connection's frames and heads. */
const MAX_SESSION_MB = 4;
/** Of invalid or refused frames before the connection is ended. */
const MAX_INVALID_FRAMES = 100;
const MAX_REJECTED_STREAMS = 100;
/** Streams reset by the client: a burst, and how many a second after it (CVE-2023-44487). */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 50;
const MAX_SETTINGS = 32;

/** One HTTP/2 connection from a client. */
export class Http2Connection {
  readonly proxy: HttpProxy;
  readonly client: ClientFacts;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #idle = new Deadline(() => this.drain());
  #streams = 0;
  #state: 'open' | 'draining' | 'closed' = 'open';

  /** `socket`: what has been read of it has been put back. */
  constructor(proxy: HttpProxy, client: Client) {
    const { socket } = client;
    this.proxy = proxy;
    this.#socket = socket;
    this.client = clientFacts(client, proxy.settings);
    proxy.counters.add(DOWNSTREAM_OPENED);
    proxy.downstreams.add(this);
    // HTTP/2 has ends of its own: nobody half-closes the connection under it.
    socket.allowHalfOpen = false;
    const { bytes, fields } = proxy.settings.requestHead;
    const session = performServerHandshake(socket, {
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: bytes, enablePush: false },
      maxHeaderListPairs: fields,
      maxSendHeaderBlockLength: proxy.settings.responseHead.bytes,
      maxSessionMemory: MAX_SESSION_MB,
      maxSessionInvalidFrames: MAX_INVALID_FRAMES,
      maxSessionRejectedStreams: MAX_REJECTED_STREAMS,
      maxSettings: MAX_SETTINGS,
      streamResetBurst: RESET_BURST,
      streamResetRate: RESETS_PER_SECOND,
    });
    this.#session = session;
    session.on('stream', (stream: ServerHttp2Stream, _: object, __: number, fields: string[]) =>
      this.#onStream(stream, fields),
    );
    // `close` follows; every stream hears of it by itself.
    session.on('error', () => {});
    session.on('close', () => socket.destroy());
    socket.on('close', () => this.#onClose());
    this.#awaitStream();
  }

  get isIdle(): boolean {
    return this.#streams === 0;
  }

  #onStream(stream: ServerHttp2Stream, fields: readonly string[]): void {
    this.#streams++;
    this.#idle.disarm();
    stream.once('close', () => {
      this.#streams--;
      this.#awaitStream();
    });
    new Http2Downstream(this, stream, fields);
  }

  #awaitStream(): void {
    if (this.#streams > 0 || this.#state === 'closed') return;
    this.proxy.deadlines.downstreamIdle.arm(this.#idle, this.proxy.now);
  }

  /** No more requests: GOAWAY now, the end when the last stream is. */
  drain(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  #onClose(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#idle.disarm();
    this.#session.destroy();
    this.proxy.downstreams.delete(this);
    this.proxy.counters.add(DOWNSTREAM_CLOSED);
  }
}
