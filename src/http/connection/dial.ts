import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Owner } from '../../boundary/owner.ts';
import { UPSTREAM_CLOSED, UPSTREAM_OPENED } from '../../telemetry/counters.ts';
import { Deadline } from '../../time/deadline.ts';
import type { BackendTls } from '../../tls/connection/backend-tls.ts';
import type { DialTimes } from '../attempt-times.ts';
import type { HttpProxy } from '../http-proxy.ts';
import { dialFailure, type FailureClass } from '../policy/failure.ts';
import { refusesHandshakeLate, tlsFailure } from '../policy/tls-failure.ts';
import type { ConnectionPool } from './connection-pool.ts';

type State = 'connecting' | 'securing' | 'made';

/** What a connection is to be. */
export interface DialPlan {
  /** Names of protocols for the TLS handshake, the best first; `null`: none are named. */
  readonly protocols: readonly string[] | null;
  /** Answers whether to read on. Plain connections read into buffers that are there: nothing is allocated for what arrives. */
  readonly onRead: ((count: number, buffer: Buffer) => boolean) | null;
  /** For the next read of a plain connection; `null`: the one of before, at first the thread's. */
  readonly nextBuffer?: () => Buffer | null;
  onMade(): void;
}

/** The making of a connection to a backend, TLS included, and what is to be said of it afterwards. */
export class Dial implements DialTimes, Owner {
  readonly kind = 'connection';
  readonly socket: Socket;
  /** The TCP connection: the same, unless TLS lies over it. */
  readonly raw: Socket;
  readonly #proxy: HttpProxy;
  readonly #tls: BackendTls | null;
  readonly #plan: DialPlan;
  readonly #deadline = new Deadline(this, () => this.giveUp('timeout'));
  #state: State = 'connecting';
  /** The cause of the connection's end; empty: none is known. */
  error = '';
  readonly dialedAt: number;
  lookedUpAt = -1;
  connectedAt = -1;
  securedAt = -1;

  constructor(proxy: HttpProxy, backend: ConnectionPool, plan: DialPlan) {
    this.#proxy = proxy;
    this.#plan = plan;
    this.#tls = backend.tls;
    this.dialedAt = proxy.now;
    this.raw = connect(this.#options(backend));
    this.socket = this.#tls === null ? this.raw : this.#secure(this.#tls);
    if (this.#tls === null) this.socket.on('connect', () => this.#onMade());
    this.socket.on('error', this.#onError);
    this.raw.on('lookup', () => {
      this.lookedUpAt = proxy.readClock();
    });
    this.socket.on('close', () => this.#onClose());
    proxy.backends.connections++;
    proxy.deadlines.dial.arm(this.#deadline, proxy.now);
  }

  get isMade(): boolean {
    return this.#state === 'made';
  }

  /** `ip:port` of the router's side. */
  get localAddress(): string {
    const { localAddress, localPort } = this.socket;
    return localAddress === undefined ? '' : `${localAddress}:${localPort}`;
  }

  /** Why a connection that has closed was never made. */
  get failure(): FailureClass {
    if (this.#state === 'connecting') return dialFailure(this.error);
    this.#tls?.forget();
    return this.error === 'timeout' ? 'handshake-timeout' : tlsFailure(this.error);
  }

  get failureCause(): string {
    return this.#state === 'connecting'
      ? `dial: ${this.error}`
      : `tls: ${this.error || 'closed in the handshake'}`;
  }

  /** Whether an error after the handshake still belongs to it. */
  get wasRefusedLate(): boolean {
    return this.#tls !== null && refusesHandshakeLate(this.error);
  }

  giveUp(cause: string): void {
    this.error = cause;
    this.socket.destroy();
  }

  panic(): void {
    this.giveUp('panic');
  }

  #options({ host, port }: ConnectionPool): TcpNetConnectOpts {
    const { onRead, nextBuffer } = this.#plan;
    const { shared } = this.#proxy.readBuffers;
    const probeInterval = this.#proxy.settings.backendProbeInterval;
    const options: TcpNetConnectOpts = {
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      keepAlive: probeInterval > 0,
      keepAliveInitialDelay: probeInterval,
    };
    if (this.#tls !== null || onRead === null) return options;
    const onread = {
      // Node keeps the buffer it has when it is given none.
      buffer: () => (this.#state === 'made' ? nextBuffer?.() : shared) as Uint8Array,
      callback: (count: number, buffer: Uint8Array) => onRead(count, buffer as Buffer),
    };
    return { ...options, onread };
  }

  #secure(tls: BackendTls): Socket {
    this.raw.on('error', this.#onError);
    this.raw.on('connect', () => {
      this.#state = 'securing';
      this.connectedAt = this.#proxy.readClock();
      this.#proxy.deadlines.handshake.arm(this.#deadline, this.#proxy.now);
    });
    const { protocols, onRead } = this.#plan;
    const socket = tls.over(this.raw, protocols);
    socket.on('secureConnect', () => this.#onMade());
    // After the handshake Node leaves open what OpenSSL has given up.
    socket.on('error', () => socket.destroy());
    if (onRead !== null) socket.on('data', (bytes: Buffer) => void onRead(bytes.length, bytes));
    return socket;
  }

  /** The first error is the cause of any other. */
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.error ||= error.code ?? error.message;
  };

  #onMade(): void {
    const now = this.#proxy.readClock();
    if (this.#state === 'securing') this.securedAt = now;
    else this.connectedAt = now;
    this.#state = 'made';
    this.#deadline.disarm();
    this.#proxy.counters.add(UPSTREAM_OPENED);
    this.#plan.onMade();
  }

  #onClose(): void {
    this.#deadline.disarm();
    this.#proxy.backends.connections--;
    if (this.#state === 'made') this.#proxy.counters.add(UPSTREAM_CLOSED);
  }
}
