import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { DialName } from '../../network/dial-name.ts';
import { guardedReads } from '../../network/guarded-reads.ts';
import type { Names } from '../../network/names.ts';
import { Deadline } from '../../time/deadline.ts';

/** Where plain bytes are read into. */
export interface DialReads {
  /** For the next read. */
  buffer(): Buffer;
  /** Answers whether to go on reading. */
  onRead(count: number, buffer: Buffer): boolean;
}

export interface DialPlan {
  /** Who is given up when something throws that belongs to the connection. */
  readonly owner: Owner;
  readonly to: TcpNetConnectOpts;
  /** Where a host is looked up that is no address. */
  readonly names: Pick<Names, 'ask'>;
  /** Only where no TLS is spoken. */
  readonly reads: DialReads;
  /** Lays TLS over what is connected; `null`: none. The peer's certificate is checked before `secureConnect`. */
  readonly secure: ((raw: Socket) => TLSSocket) | null;
  /** What is the cause when its deadline has passed. */
  readonly overdue: string;
  /** TCP is connected, and nothing was sent. What is written now comes before TLS; it may be given up. */
  onConnected(): void;
  onMade(): void;
  /** In place of `onMade`. `cause`: of the first error, the system's code or OpenSSL's. */
  onFailed(cause: string): void;
}

type State = 'connecting' | 'securing' | 'made' | 'failed';

/**
 * The making of one connection to a backend: TCP, and TLS over it where that is spoken. Unlike HTTP's it lays TLS on once
 * it is connected, because what the backend is told of the client comes before that.
 */
export class Dial {
  readonly raw: Socket;
  /** What is spoken over: the TCP connection, unless TLS lies over it. */
  socket: Socket;
  /** Of the making alone; to be armed by whoever knows how long that may take. */
  readonly deadline: Deadline;
  readonly #plan: DialPlan;
  readonly #name: DialName;
  #state: State = 'connecting';
  #cause = '';

  constructor(plan: DialPlan) {
    const { owner, reads, secure, overdue } = plan;
    this.#plan = plan;
    this.#name = new DialName(plan.names);
    const to = { ...plan.to, lookup: this.#name.lookUp };
    this.deadline = new Deadline(owner, () => this.giveUp(overdue));
    this.raw = this.socket = connect(secure === null ? { ...to, onread: readsOf(owner, reads) } : to);
    on(this.raw, 'connect', owner, () => this.#onConnect());
    on(this.raw, 'error', owner, (error: NodeJS.ErrnoException) => this.#note(error));
    on(this.raw, 'close', owner, () => this.#fail());
  }

  /** Unless it is made already. */
  giveUp(cause: string): void {
    this.#cause ||= cause;
    this.#fail();
  }

  #onConnect(): void {
    if (this.#state !== 'connecting') return;
    const { owner, secure } = this.#plan;
    this.#plan.onConnected();
    if (this.#state !== 'connecting') return;
    if (secure === null) {
      this.#onMade();
      return;
    }
    this.#state = 'securing';
    const socket = secure(this.raw);
    this.socket = socket;
    on(socket, 'secureConnect', owner, () => this.#onMade());
    on(socket, 'error', owner, (error: NodeJS.ErrnoException) => {
      this.#note(error);
      // After the handshake Node leaves open what OpenSSL has given up.
      socket.destroy();
    });
    on(socket, 'close', owner, () => this.#fail());
  }

  #onMade(): void {
    if (this.#state === 'failed' || this.#state === 'made') return;
    this.#state = 'made';
    this.deadline.disarm();
    this.#plan.onMade();
  }

  /** The first error is the cause of any other. */
  #note(error: NodeJS.ErrnoException): void {
    this.#cause ||= error.code ?? error.message;
  }

  #fail(): void {
    if (this.#state === 'made' || this.#state === 'failed') return;
    this.#state = 'failed';
    this.deadline.disarm();
    this.#name.forget();
    // In this order, see `cut`.
    this.socket.destroy();
    this.raw.destroy();
    this.#plan.onFailed(this.#cause || 'ECONNRESET');
  }
}

function readsOf(owner: Owner, reads: DialReads): TcpNetConnectOpts['onread'] {
  const onRead = (count: number, buffer: Buffer): boolean => reads.onRead(count, buffer);
  return { buffer: () => reads.buffer(), callback: guardedReads(owner, onRead) };
}
