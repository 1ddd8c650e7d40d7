import type { ComponentLog } from '../telemetry/component-log.ts';
import { ANSWER_TIMEOUT, Bucket } from './bucket.ts';
import { carryOver } from './carry-over.ts';
import { chooseStore, type StoreChoice, type StoreFacts } from './choose-store.ts';
import type { Away, Refused } from './decision-store.ts';
import { DecisionsFile } from './decisions-file.ts';
import { FileStore } from './file-store.ts';
import { probeJetStream } from './jetstream-fault.ts';
import { JetStreamStore } from './jetstream-store.ts';
import type { LatestDecisions } from './latest-decisions.ts';
import type { StoreBus } from './store-bus.ts';
import { StoreConnection, type StoreServers } from './store-connection.ts';

export interface DecisionSettings {
  /** `cellgate.decisions.store` */
  readonly store: StoreFacts['configured'];
  readonly replicas: number;
  /** `cellgate.decisions.hosts`; null: the router's own NATS. */
  readonly servers: StoreServers | null;
}

export interface ChosenStoreOptions {
  readonly settings: DecisionSettings;
  /** Other routers in the roll-call; null: not known yet. */
  others(): number | null;
  /** That this router holds, and no other; null: none. */
  readonly folder: string | null;
  /** What this router used when it was last there; null: nothing. */
  readonly before: StoreKind | null;
  readonly latest: LatestDecisions;
  readonly log: ComponentLog;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export type StoreKind = 'jetstream' | 'file';

/** The one store that a router uses, chosen again whenever its surroundings may have changed. */
export class ChosenStore {
  readonly #options: ChosenStoreOptions;
  readonly #file: DecisionsFile | null;
  /** Null: decisions go over the router's own bus. */
  readonly #connection: StoreConnection | null;
  /** The router's own; null: it is not there yet. */
  #bus: StoreBus | null = null;
  #store: FileStore | JetStreamStore | null = null;
  #kind: StoreKind | null = null;
  /** Under the store. */
  #storeBus: StoreBus | null = null;
  #last: StoreKind | null;
  #blocked: Away | Refused | null = { outcome: 'away', why: 'the store has not been chosen yet' };
  /** Why the file was not carried over. */
  #carryRefusal: Refused | null = null;
  /** What the log has of that. */
  #carryFault = '';
  #choosing: Promise<void> | null = null;
  #closed = false;

  constructor(options: ChosenStoreOptions) {
    const { settings, folder, before, log } = options;
    this.#options = options;
    this.#last = before;
    this.#file = folder === null ? null : new DecisionsFile(folder, log);
    const { servers } = settings;
    this.#connection = servers === null ? null : new StoreConnection(servers, log.child('nats'));
  }

  /** Null: none now. */
  get store(): FileStore | JetStreamStore | null {
    return this.#store;
  }

  /** Null: none now. */
  get kind(): StoreKind | null {
    return this.#kind;
  }

  /** Of the store that what is known is from; null: it is from none. */
  get last(): StoreKind | null {
    return this.#last;
  }

  /** Why nothing can be decided here now; null: it can. */
  get blocked(): Away | Refused | null {
    return this.#carryRefusal ?? this.#blocked;
  }

  /** The router's own bus is there. */
  connect(bus: StoreBus): void {
    this.#bus = bus;
  }

  /** Resolves when a store was looked for once. */
  async open(): Promise<void> {
    await this.#connection?.open();
    await this.choose();
  }

  /** One choice at a time; who asks for one meanwhile gets the one that is under way. */
  async choose(): Promise<void> {
    if (this.#closed) return;
    this.#choosing ??= this.#choose();
    await this.#choosing;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#choosing;
    await this.#store?.close();
    await this.#connection?.close();
  }

  async #choose(): Promise<void> {
    try {
      const facts = await this.#facts();
      if (!this.#closed) await this.#use(chooseStore(facts));
    } catch (error) {
      this.#blocked = { outcome: 'away', why: (error as Error).message };
      this.#options.log.error('decision-store-failed', { error: String(error) });
    } finally {
      this.#choosing = null;
    }
  }

  async #facts(): Promise<StoreFacts> {
    const { settings, others, folder } = this.#options;
    return {
      configured: settings.store,
      jetStream: await this.#hasJetStream(),
      others: others(),
      folder: folder !== null,
      file: this.#file?.presence ?? 'absent',
      before: this.#last,
    };
  }

  /** To which decisions go; null: it is not there now. */
  get #nats(): StoreBus | null {
    return this.#connection === null ? this.#bus : this.#connection.client;
  }

  async #hasJetStream(): Promise<StoreFacts['jetStream']> {
    if (this.#kind === 'jetstream') return 'yes';
    const bus = this.#nats;
    if (bus?.state !== 'connected' || this.#options.settings.store !== 'auto') return 'unknown';
    return probeJetStream(bus.connection, ANSWER_TIMEOUT);
  }

  async #use(choice: StoreChoice): Promise<void> {
    this.#blocked = choice.blocked;
    // A file that somebody has taken away needs no carrying.
    if (this.#file?.presence !== 'present') this.#carryRefusal = null;
    const isBusGone = this.#kind === 'jetstream' && this.#storeBus !== this.#nats;
    if (choice.store === null || (choice.store === this.#kind && !isBusGone)) return;
    // Before a file is carried over, so that nothing is written there after it.
    await this.#store?.close();
    this.#store = null;
    this.#kind = null;
    const next = choice.store === 'file' ? this.#fileStore() : await this.#jetStreamStore(choice.carries);
    if (next === null) return;
    this.#store = next;
    this.#kind = choice.store;
    this.#last = choice.store;
    this.#options.log.info('decision-store-chosen', { store: choice.store });
    await next.open();
  }

  #fileStore(): FileStore | null {
    if (this.#file === null) return null;
    const { latest, log, now } = this.#options;
    return new FileStore({ file: this.#file, latest, log, now });
  }

  /** Null: not yet. */
  async #jetStreamStore(carries: boolean): Promise<JetStreamStore | null> {
    const { settings, latest, log, now } = this.#options;
    const bus = this.#nats;
    if (bus === null) {
      this.#blocked = { outcome: 'away', why: 'there is no connection to the NATS of decisions' };
      return null;
    }
    const { replicas } = settings;
    if (carries && this.#file !== null && !(await this.#carry(bus, this.#file))) return null;
    this.#storeBus = bus;
    return new JetStreamStore({ bus, replicas, latest, log, now });
  }

  /** Whether it is settled what becomes of the file. */
  async #carry(bus: StoreBus, file: DecisionsFile): Promise<boolean> {
    const { settings, log } = this.#options;
    const bucket = new Bucket({ connection: bus.connection, replicas: settings.replicas });
    const carried = await carryOver(bucket, file);
    if (carried.outcome === 'carried') {
      log.info('decisions-carried', { file: file.path, decisions: carried.decisions });
      return true;
    }
    // It is tried again and again, and said once.
    if (carried.why !== this.#carryFault) log.error('decisions-not-carried', { error: carried.why });
    this.#carryFault = carried.why;
    if (carried.outcome === 'refused') this.#carryRefusal = carried;
    else this.#blocked = carried;
    return carried.outcome === 'refused';
  }
}
