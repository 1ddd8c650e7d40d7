import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { hostPort } from '../../address/host-port.ts';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import { DialName } from '../../network/dial-name.ts';
import { guardedReads } from '../../network/guarded-reads.ts';
import { UPSTREAM_CLOSED, UPSTREAM_OPENED } from '../../telemetry/counters.ts';
import { Deadline } from '../../time/deadline.ts';
import type { BackendTls } from '../../tls/connection/backend-tls.ts';
import { dialFailure, type FailureClass } from '../policy/failure.ts';
import { refusesHandshakeLate, tlsFailure } from '../policy/tls-failure.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { DialTimes } from '../upstream.ts';
import type { ConnectionRoom } from './connection-room.ts';

type State = 'connecting' | 'securing' | 'made';

/** The cause of an end that was a fault of our own. */
const PANIC = 'panic';

/** Where a connection is made to. */
export interface DialTarget {
  readonly host: string;
  readonly port: number;
  /** `null`: plain TCP. */
  readonly tls: BackendTls | null;
  readonly room: ConnectionRoom;
}

/** What a connection is to be. */
export interface DialPlan {
  /** Names of protocols for the TLS handshake, the best first; `null`: none are named. */
  readonly protocols: readonly string[] | null;
  /** Answers whether to read on. Plain connections read into buffers that are there: nothing is allocated for what arrives. */
  readonly onRead: ((count: number, buffer: Buffer) => boolean) | null;
  /** For the next read of a plain connection; `null`: the one of before, at first the beginning of the thread's. */
  readonly nextBuffer?: () => Buffer | null;
  onMade(): void;
}

/** The making of a connection to a backend, TLS included, and what is to be said of it afterwards. */
export class Dial implements DialTimes, Owner {
  readonly kind = 'connection';
  readonly socket: Socket;
  /** The TCP connection: the same, unless TLS lies over it. */
  readonly raw: Socket;
  readonly #context: ProxyContext;
  readonly #tls: BackendTls | null;
  readonly #plan: DialPlan;
  readonly #room: ConnectionRoom;
  readonly #name: DialName;
  readonly #deadline = new Deadline(this, () => this.#onTimeout());
  #state: State = 'connecting';
  /** The cause of the connection's end; empty: none is known. */
  error = '';
  readonly dialedAt: number;
  lookedUpAt = -1;
  connectedAt = -1;
  securedAt = -1;

  constructor(context: ProxyContext, target: DialTarget, plan: DialPlan) {
    this.#context = context;
    this.#room = target.room;
    this.#name = new DialName(context.names);
    this.#plan = plan;
    this.#tls = target.tls;
    this.#tls?.prepare();
    this.dialedAt = context.readClock();
    this.raw = connect(this.#options(target));
    this.socket = this.#tls === null ? this.raw : this.#secure(this.#tls);
    if (this.#tls === null) on(this.socket, 'connect', this, () => this.#onMade());
    on(this.socket, 'error', this, this.#onError);
    on(this.raw, 'lookup', this, () => {
      this.lookedUpAt = context.readClock();
    });
    on(this.socket, 'close', this, () => this.#onClose());
    this.#room.taken++;
    context.deadlines.dial.arm(this.#deadline, context.now);
  }

  get isMade(): boolean {
    return this.#state === 'made';
  }

  /** `ip:port` of the router's side. */
  get localAddress(): string {
    const { localAddress, localPort } = this.socket;
    return localAddress === undefined ? '' : hostPort(localAddress, localPort!);
  }

  /** Why a connection that has closed was never made. */
  get failure(): FailureClass {
    if (this.error === PANIC) return 'own-fault';
    if (this.#state === 'connecting') return dialFailure(this.error);
    this.#tls?.forget();
    return this.error === 'timeout' ? 'handshake-timeout' : tlsFailure(this.error);
  }

  get failureCause(): string {
    return this.#state === 'connecting' || this.error === PANIC
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
    this.giveUp(PANIC);
  }

  /** What has come while the loop was held up is still to be told of. */
  #onTimeout(): void {
    const late = this.#state;
    soon(this, () => {
      if (this.#state === late) this.giveUp('timeout');
    });
  }

  #options({ host, port }: DialTarget): TcpNetConnectOpts {
    const { onRead, nextBuffer } = this.#plan;
    const { shared, first } = this.#context.readBuffers;
    const probeInterval = this.#context.settings.backendProbeInterval;
    const options: TcpNetConnectOpts = {
      host,
      port,
      lookup: this.#name.lookUp,
      noDelay: true,
      allowHalfOpen: true,
      keepAlive: probeInterval > 0,
      keepAliveInitialDelay: probeInterval,
    };
    if (this.#tls !== null || onRead === null) return options;
    // Node keeps the buffer it has when it is given none.
    const atFirst = nextBuffer === undefined ? shared : first;
    const buffer = () => (this.#state === 'made' ? nextBuffer?.() : atFirst) as Uint8Array;
    const onread = { buffer, callback: guardedReads(this, onRead) };
    return { ...options, onread };
  }

  #secure(tls: BackendTls): Socket {
    on(this.raw, 'error', this, this.#onError);
    on(this.raw, 'connect', this, () => {
      this.#state = 'securing';
      this.connectedAt = this.#context.readClock();
      this.#context.deadlines.handshake.arm(this.#deadline, this.#context.now);
    });
    const { protocols, onRead } = this.#plan;
    const socket = tls.over(this.raw, protocols);
    on(socket, 'secureConnect', this, () => this.#onMade());
    // After the handshake Node leaves open what OpenSSL has given up.
    on(socket, 'error', this, () => socket.destroy());
    if (onRead !== null) on(socket, 'data', this, (bytes: Buffer) => onRead(bytes.length, bytes));
    return socket;
  }

  /** The first error is the cause of any other. */
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.error ||= error.code ?? error.message;
  };

  #onMade(): void {
    const now = this.#context.readClock();
    if (this.#state === 'securing') this.securedAt = now;
    else this.connectedAt = now;
    this.#state = 'made';
    this.#deadline.disarm();
    this.#context.counters.add(UPSTREAM_OPENED);
    this.#plan.onMade();
  }

  #onClose(): void {
    this.#deadline.disarm();
    this.#name.forget();
    this.#room.taken--;
    if (this.#state === 'made') this.#context.counters.add(UPSTREAM_CLOSED);
  }
}
