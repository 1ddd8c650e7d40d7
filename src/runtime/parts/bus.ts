import { setTimeout as delay } from 'node:timers/promises';
import { contain, inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import type { BusClient } from '../../bus/client.ts';
import type { BusServer } from '../../bus/connect-bus.ts';
import type { Config } from '../../config/schema.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { Part } from './part.ts';
import { type BusSearch, connectRouterBus } from './router-bus.ts';

/** Of the first connection to the bus (docs/compatibility.md §1.1). */
const ATTEMPTS = 3;
const ATTEMPT_INTERVAL_MS = 100;
/** What a router waits for it that can serve without; less where all servers refuse it at once. */
const PATIENCE_MS = 1000;
/** Between two attempts of one that serves without. A dial takes 2 s at most. */
const SEARCH_INTERVAL_MS = 1000;

export interface BusPartOptions {
  readonly config: Config;
  /** None: the router goes without. */
  servers(): readonly BusServer[];
  /** What an earlier process has left: the router may be able to serve without the bus. Default: nothing. */
  readonly former?: {
    readonly isThere: boolean;
    /** Takes it over; answers whether there is anything to serve. @param connected whether the bus is there */
    takeOver(connected: boolean): Promise<boolean>;
  };
  /** See `RouterBusOptions`. */
  token?(): string | undefined;
  /** The connection is closed for good. */
  onClosed(): void;
  readonly log: ComponentLog;
}

type State =
  | { readonly name: 'none' }
  | { readonly name: 'searching' }
  | { readonly name: 'found'; readonly client: BusClient }
  | { readonly name: 'stopped' };

/** The connection to the bus. */
export class BusPart implements Part {
  readonly name = 'bus';
  readonly #options: BusPartOptions;
  /** Of the search that is under way. */
  #end = new AbortController();
  readonly #foundListeners: ((client: BusClient) => void)[] = [];
  readonly #changeListeners: ((connected: boolean) => void)[] = [];
  #state: State = { name: 'none' };

  constructor(options: BusPartOptions) {
    this.#options = options;
  }

  /** Null before it is found, and without a bus. */
  get client(): BusClient | null {
    return this.#state.name === 'found' ? this.#state.client : null;
  }

  get isConnected(): boolean {
    return this.client?.state === 'connected';
  }

  /** Told once, at once if the bus is there already. Never without a bus. */
  whenFound(listener: (client: BusClient) => void): void {
    const { client } = this;
    if (client === null) this.#foundListeners.push(listener);
    else listener(client);
  }

  /** Told whenever it is lost, found, or found again. */
  onChange(listener: (connected: boolean) => void): void {
    this.#changeListeners.push(listener);
  }

  /** Resolves when it is found, or the router serves what it knew and goes on searching. @throws {BusUnreachable} */
  async start(): Promise<void> {
    const { former, log } = this.#options;
    if (this.#options.servers().length === 0) {
      // There are routes of other sources.
      if (former?.isThere) await former.takeOver(false);
      return;
    }
    if (!former?.isThere) {
      this.#found(await this.#connect(ATTEMPTS, ATTEMPT_INTERVAL_MS));
      return;
    }
    this.#state = { name: 'searching' };
    const missed = Promise.withResolvers<null>();
    const search = this.#connect(Number.POSITIVE_INFINITY, SEARCH_INTERVAL_MS, () => missed.resolve(null));
    const found = await Promise.race([search, missed.promise, delay(PATIENCE_MS, null, { ref: false })]);
    const serves = await former.takeOver(found !== null);
    if (found !== null) this.#found(found);
    else if (serves) {
      log.warn('nats-not-found', { goes_on: 'serving the routes of the snapshot' });
      inBackground(ONE_ROUND, this.#await(search));
    } else await this.#insist(search);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    const { client } = this;
    this.#state = { name: 'stopped' };
    await client?.close();
  }

  #connect(attempts: number, attemptInterval: number, onMissed?: () => void): Promise<BusClient> {
    const { config, log, onClosed } = this.#options;
    this.#end = new AbortController();
    const search: BusSearch = {
      attempts,
      attemptInterval,
      end: this.#end.signal,
      ...(onMissed && { onMissed }),
    };
    const [servers, token] = [this.#options.servers(), this.#options.token?.()];
    return connectRouterBus({ config, servers, token, log, onClosed }, search);
  }

  /** Nothing of what was left can be served: the search is another. */
  async #insist(search: Promise<BusClient>): Promise<void> {
    this.#end.abort();
    inBackground(ONE_ROUND, closed(search));
    this.#found(await this.#connect(ATTEMPTS, ATTEMPT_INTERVAL_MS));
  }

  async #await(search: Promise<BusClient>): Promise<void> {
    const { signal } = this.#end;
    try {
      this.#found(await search);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #found(client: BusClient): void {
    if (this.#state.name === 'stopped') {
      // It came when nobody waited any more.
      inBackground(ONE_ROUND, client.close());
      return;
    }
    this.#state = { name: 'found', client };
    client.onChange((connected) => this.#tell(connected));
    // It may have been lost again while the tables were restored.
    this.#tell(this.isConnected);
    for (const listener of this.#foundListeners.splice(0)) contain(ONE_ROUND, () => listener(client));
  }

  #tell(connected: boolean): void {
    for (const listener of this.#changeListeners) contain(ONE_ROUND, () => listener(connected));
  }
}

/** A search that was ended may have found something all the same. */
async function closed(search: Promise<BusClient>): Promise<void> {
  let found: BusClient;
  try {
    found = await search;
  } catch {
    return;
  }
  await found.close();
}
