import { contain } from '../../boundary/boundary.ts';
import { ONE_ROUND, type Owner } from '../../boundary/owner.ts';
import { soon } from '../../boundary/timers.ts';
import { parseConnectOptions } from './connect-options.ts';
import { Secret } from './secret.ts';

/** A client that was greeted, and is served when the gate opens. */
export interface WaitingClient extends Owner {
  /** Bytes it has sent, which are dealt with when it is served. */
  readonly heldBytes: number;
  /** It waits no longer. Called at most once. */
  serve(): void;
}

/** Bytes that are dealt with in one turn of the loop while the gate opens: a crowd has sent many, and the router reads them. */
const TURN_BYTES = 64 * 1024;

/**
 * Who is served: the router from the start, everybody else when the gate is opened. What a client publishes before the router
 * has subscribed would be lost, and no client could know.
 */
export class Gate {
  readonly #router: Secret | undefined;
  /** Those who have sent nothing yet, and then those who have, in the order in which their first lines came. */
  readonly #waiting = new Set<WaitingClient>();
  #state: 'shut' | 'opening' | 'open' | 'closed';

  /** @param routerToken by which the router is known; without, the gate is open. */
  constructor(routerToken: string | undefined) {
    this.#router = routerToken === undefined ? undefined : new Secret(routerToken);
    this.#state = routerToken === undefined ? 'open' : 'shut';
  }

  /** Whether this is what the router says in CONNECT. */
  isRouter(connectText: string | undefined): boolean {
    if (this.#router === undefined || connectText === undefined) return false;
    return this.#router.matches(parseConnectOptions(connectText)?.auth_token ?? '');
  }

  /** The client is served at once if the gate is open, else in its turn: the last, also if it waits already. */
  line(client: WaitingClient): void {
    if (this.#state === 'open') client.serve();
    else {
      this.#waiting.delete(client);
      this.#waiting.add(client);
    }
  }

  /** It is gone, or served before its turn. */
  leave(client: WaitingClient): void {
    this.#waiting.delete(client);
  }

  /** Serves who waits, in their order, and from then on everybody. Does nothing but the first time, nor once it is closed. */
  open(): void {
    if (this.#state !== 'shut') return;
    this.#state = 'opening';
    this.#letIn();
  }

  /** Nobody who waits is served any more. */
  close(): void {
    this.#state = 'closed';
  }

  #letIn(): void {
    if (this.#state !== 'opening') return;
    let bytes = 0;
    for (const client of this.#waiting) {
      this.#waiting.delete(client);
      bytes += client.heldBytes;
      contain(client, () => client.serve());
      if (bytes >= TURN_BYTES) break;
    }
    if (this.#waiting.size === 0) this.#state = 'open';
    else soon(ONE_ROUND, () => this.#letIn());
  }
}
