import type { TLSSocket } from 'node:tls';
import type { Owner } from '../../boundary/owner.ts';
import { cut } from '../../network/cut.ts';
import { isLocalError } from '../../network/local-errors.ts';
import type { TcpBackend } from '../table/route.ts';
import { Dial, type DialReads } from './dial.ts';
import type { TcpContext } from './tcp-context.ts';

/** Whose attempt it is. */
export interface Attempter extends Owner {
  readonly port: number;
  /** Where plain bytes of the backend are read into. */
  readonly reads: DialReads;
  /** Whether its route leads to that backend still. */
  isLedTo(backend: TcpBackend): boolean;
  /** What the backend is told before anything else; `null`: nothing. */
  headerFor(backend: TcpBackend): Buffer | null;
  onMade(): void;
  /** The attempt is closed, and nothing of the client's was sent. */
  onUnmade(why: 'unreachable' | 'left'): void;
}

/**
 * - placed: it counts at the backend.
 * - made: bytes may flow.
 * - closed: it counts no more.
 */
type State = 'placed' | 'made' | 'closed';

/** One attempt to have a backend: its place among the backend's connections, and the connection. Closed exactly once. */
export class Attempt {
  readonly backend: TcpBackend;
  readonly #context: TcpContext;
  readonly #protocols: readonly string[];
  #dial: Dial | null = null;
  #state: State = 'placed';

  /**
   * Takes a place; `null`: there is none any more. `close` must follow.
   * @param protocols to agree on, where TLS is spoken; empty: none
   */
  static take(context: TcpContext, backend: TcpBackend, protocols: readonly string[]): Attempt | null {
    const most = context.settings.maxConnectionsPerBackend || Number.POSITIVE_INFINITY;
    return context.cells.beginBelow(backend.seat, most) ? new Attempt(context, backend, protocols) : null;
  }

  private constructor(context: TcpContext, backend: TcpBackend, protocols: readonly string[]) {
    this.#context = context;
    this.backend = backend;
    this.#protocols = protocols;
  }

  /** What is relayed over. Once it is made. */
  get dial(): Dial {
    return this.#dial!;
  }

  begin(by: Attempter): void {
    const { backend } = this;
    const { links, names, deadlines, now } = this.#context;
    const { host, port } = backend;
    this.#dial = new Dial({
      owner: by,
      to: { host, port, noDelay: true, allowHalfOpen: true },
      names,
      reads: by.reads,
      secure: backend.tls === null ? null : (raw): TLSSocket => links!.over(raw, backend, this.#protocols),
      overdue: 'ETIMEDOUT',
      onConnected: () => this.#onConnected(by),
      onMade: () => this.#onMade(by),
      onFailed: (code) => this.#onFailed(by, code),
    });
    deadlines.connect.arm(this.#dial.deadline, now);
  }

  /** However it stands. @param gently both sides have said all they will */
  close(gently: boolean): void {
    if (this.#state === 'closed') return;
    const wasMade = this.#state === 'made';
    this.#state = 'closed';
    this.#context.cells.end(this.backend.seat);
    const dial = this.#dial;
    if (dial === null) return;
    if (wasMade && gently) dial.socket.destroy();
    else if (!dial.socket.destroyed) cut(dial.socket, dial.raw);
    if (!wasMade) dial.giveUp('withdrawn');
  }

  #onConnected(by: Attempter): void {
    if (this.#state !== 'placed' || this.#leaves(by)) return;
    if (this.backend.tls !== null && this.#context.links === null) {
      // A reload took the authorities away, and the route is still there.
      this.dial.giveUp('ERR_TLS_NOT_CONFIGURED');
      return;
    }
    const header = by.headerFor(this.backend);
    if (header !== null) this.dial.raw.write(header);
  }

  #onMade(by: Attempter): void {
    // The handshake may have taken its time.
    if (this.#state !== 'placed' || this.#leaves(by)) return;
    this.#state = 'made';
    by.onMade();
  }

  /** No route leads there any more: the address may be another's by now. */
  #leaves(by: Attempter): boolean {
    if (by.isLedTo(this.backend)) return false;
    this.close(false);
    by.onUnmade('left');
    return true;
  }

  #onFailed(by: Attempter, code: string): void {
    if (this.#state !== 'placed') return;
    const { cells, settings, nowSecond, tally, log } = this.#context;
    const { address, seat } = this.backend;
    // While it counts there the slot is nobody else's.
    if (!isLocalError(code)) cells.markFailed(seat, nowSecond + settings.failureMarkSeconds);
    this.close(false);
    tally.backend(address).failed++;
    log.warn('tcp-backend-unreachable', { port: by.port, backend: address, error: code });
    by.onUnmade('unreachable');
  }
}
