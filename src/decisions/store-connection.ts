import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { BusClient } from '../bus/client.ts';
import { type BusOptions, connectBus } from '../bus/connect-bus.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';

/** Where decisions go when it is not the router's own bus. */
export type StoreServers = Pick<BusOptions, 'servers' | 'user' | 'pass' | 'tls' | 'pingInterval'>;

/** Between two attempts to be connected for the first time. Milliseconds. */
const RETRY_MS = 2000;

/** A connection for decisions alone, looked for without end: a router serves without it. */
export class StoreConnection {
  readonly #servers: StoreServers;
  readonly #log: ComponentLog;
  #state: 'connecting' | 'connected' | 'closed' = 'connecting';
  #client: BusClient | null = null;
  #retry: NodeJS.Timeout | undefined;
  #attempts = 0;

  constructor(servers: StoreServers, log: ComponentLog) {
    this.#servers = servers;
    this.#log = log;
  }

  /** Null until it is connected for the first time. */
  get client(): BusClient | null {
    return this.#client;
  }

  /** Resolves after the first attempt. */
  async open(): Promise<void> {
    if (this.#state !== 'connecting') return;
    try {
      const client = await connectBus({
        ...this.#servers,
        attempts: 1,
        attemptInterval: 0,
        log: this.#log,
        onClosed: () => this.#onClosed(),
      });
      // It may have been closed meanwhile.
      if ((this.#state as string) === 'closed') return client.close();
      this.#state = 'connected';
      this.#client = client;
    } catch (error) {
      if (this.#attempts++ === 0) this.#log.error('decisions-nats-away', { error: (error as Error).message });
      this.#tryLater();
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#retry);
    await this.#client?.close();
  }

  /** The library has given up, although it never should: a new connection is made. */
  #onClosed(): void {
    if (this.#state !== 'connected') return;
    this.#client = null;
    this.#state = 'connecting';
    this.#tryLater();
  }

  #tryLater(): void {
    if (this.#state !== 'connecting') return;
    this.#retry = after(RETRY_MS, ONE_ROUND, () => inBackground(ONE_ROUND, this.open()));
  }
}
