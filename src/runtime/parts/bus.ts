import type { BusClient } from '../../bus/client.ts';
import type { BusServer } from '../../bus/connect-bus.ts';
import type { Config } from '../../config/schema.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { Part } from './part.ts';
import { connectRouterBus } from './router-bus.ts';

export interface BusPartOptions {
  readonly config: Config;
  /** None: the router goes without. */
  servers(): readonly BusServer[];
  /** See `RouterBusOptions`. */
  token?(): string | undefined;
  /** The connection is closed for good. */
  onClosed(): void;
  readonly log: ComponentLog;
}

/** The connection to the bus. */
export class BusPart implements Part {
  readonly name = 'bus';
  readonly #options: BusPartOptions;
  #client: BusClient | null = null;

  constructor(options: BusPartOptions) {
    this.#options = options;
  }

  /** Null before its start, and without a bus. */
  get client(): BusClient | null {
    return this.#client;
  }

  get isConnected(): boolean {
    return this.#client?.state === 'connected';
  }

  async start(): Promise<void> {
    const { config, log, onClosed } = this.#options;
    const servers = this.#options.servers();
    if (servers.length === 0) return;
    const token = this.#options.token?.();
    this.#client = await connectRouterBus({ config, servers, token, log, onClosed });
  }

  async stop(): Promise<void> {
    await this.#client?.close();
  }
}
