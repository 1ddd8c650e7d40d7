import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { ANSWER_TIMEOUT, Bucket } from './bucket.ts';
import { carryOver } from './carry-over.ts';
import { chooseStore, type StoreChoice, type StoreFacts } from './choose-store.ts';
import type { Decision, DecisionEntry, JsonObject } from './decision.ts';
import type {
  Away,
  DecisionListener,
  DecisionStore,
  HistoryOutcome,
  Refused,
  StoreState,
  WriteOutcome,
} from './decision-store.ts';
import { DecisionsFile } from './decisions-file.ts';
import { FileStore } from './file-store.ts';
import { probeJetStream } from './jetstream-fault.ts';
import { JetStreamStore } from './jetstream-store.ts';
import { LatestDecisions } from './latest-decisions.ts';
import type { Remembered } from './remembered.ts';
import type { StoreBus } from './store-bus.ts';
import { StoreConnection, type StoreServers } from './store-connection.ts';

export interface DecisionSettings {
  /** `cellgate.decisions.store` */
  readonly store: StoreFacts['configured'];
  readonly replicas: number;
  /** `cellgate.decisions.hosts`; null: the router's own NATS. */
  readonly servers: StoreServers | null;
}

export interface DecisionsOptions {
  readonly settings: DecisionSettings;
  /** The router's own; null: it has none. */
  readonly bus: StoreBus | null;
  /** Other routers in the roll-call; null: not known yet. */
  others(): number | null;
  /** That this router holds, and no other; null: none. */
  readonly folder: string | null;
  /** What this router knew when it was last there; null: nothing. */
  readonly remembered: Remembered | null;
  readonly log: ComponentLog;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Milliseconds. */
const ROUND_MS = 1000;
/** Rounds between two looks at whether another store is to be used. */
const ROUNDS_PER_LOOK = 5;

type InnerStore = FileStore | JetStreamStore;

/** The decisions of a router, in whichever store its surroundings allow; until one is there, those it remembers. */
export class Decisions implements DecisionStore {
  readonly #options: DecisionsOptions;
  readonly #latest = new LatestDecisions();
  readonly #file: DecisionsFile | null;
  readonly #connection: StoreConnection | null;
  #inner: InnerStore | null = null;
  #innerBus: StoreBus | null = null;
  #using: 'jetstream' | 'file' | null = null;
  #blocked: Away | Refused | null = { outcome: 'away', why: 'the store has not been chosen yet' };
  /** Why the file was not carried over. */
  #carryRefusal: Refused | null = null;
  /** Until then what is known was what the store has. */
  #asOf: number;
  #choosing: Promise<void> | null = null;
  #rounds = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: DecisionsOptions) {
    const { settings, folder, remembered, log, now } = options;
    this.#options = options;
    this.#file = folder === null ? null : new DecisionsFile(folder);
    const { servers } = settings;
    this.#connection = servers === null ? null : new StoreConnection(servers, log.child('nats'));
    this.#asOf = remembered?.asOf ?? now();
    if (remembered !== null) this.#latest.replace(remembered.decisions);
  }

  /** `away`: what is known may be older than `since`; until a store was reached, that is when it was remembered. */
  get state(): StoreState {
    const state = this.#inner?.state;
    if (state?.name === 'reachable') {
      this.#asOf = this.#options.now();
      return state;
    }
    return { name: 'away', since: this.#asOf, why: state?.why ?? this.#blocked?.why ?? '' };
  }

  /** Null: none yet. */
  get store(): 'jetstream' | 'file' | null {
    return this.#using;
  }

  /** The highest that is known; 0: none. */
  get revision(): number {
    return this.#latest.revision;
  }

  /** Why nothing can be decided here now; null: it can. */
  get blocked(): Away | Refused | null {
    return this.#carryRefusal ?? this.#blocked;
  }

  /** Resolves when a store was looked for once; a router need not wait for that. */
  async start(): Promise<void> {
    this.#timer = every(ROUND_MS, ONE_ROUND, () => this.#round());
    if (this.#connection !== null) await this.#connection.open();
    await this.#choose();
  }

  current(): readonly Decision[] {
    return this.#latest.all();
  }

  /** What is to be remembered of all this; null: nothing. */
  entries(): Remembered | null {
    const store = this.#using ?? this.#options.remembered?.store ?? null;
    if (store === null) return null;
    const state = this.state;
    return {
      store,
      asOf: state.name === 'reachable' ? this.#options.now() : state.since,
      decisions: this.current(),
    };
  }

  put(key: string, value: JsonObject, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write((store) => store.put(key, value, by, expected));
  }

  remove(key: string, by: string, expected: number): Promise<WriteOutcome> {
    return this.#write((store) => store.remove(key, by, expected));
  }

  async history(key: string): Promise<HistoryOutcome> {
    if (this.#inner !== null) return this.#inner.history(key);
    return { outcome: 'away', why: this.blocked?.why ?? '' };
  }

  watch(listener: DecisionListener): () => void {
    return this.#latest.watch((entry: DecisionEntry) => listener(entry));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#choosing;
    await this.#inner?.close();
    await this.#connection?.close();
  }

  async #write(write: (store: InnerStore) => Promise<WriteOutcome>): Promise<WriteOutcome> {
    // Another router may have come since the last look.
    await this.#choose();
    if (this.#closed) return { outcome: 'away', why: 'the store is closed' };
    const { blocked } = this;
    if (blocked !== null) return blocked;
    if (this.#inner === null) return { outcome: 'away', why: 'there is no store yet' };
    return write(this.#inner);
  }

  #round(): void {
    // The state is looked at for when it was last good.
    const isSettled = this.state.name === 'reachable' && this.blocked === null;
    if (isSettled && ++this.#rounds % ROUNDS_PER_LOOK !== 0) return;
    inBackground(ONE_ROUND, this.#choose());
  }

  async #choose(): Promise<void> {
    this.#choosing ??= this.#chooseOnce();
    await this.#choosing;
  }

  async #chooseOnce(): Promise<void> {
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

  get #storeBus(): StoreBus | null {
    return this.#connection === null ? this.#options.bus : this.#connection.client;
  }

  async #facts(): Promise<StoreFacts> {
    const { settings, others, folder, remembered } = this.#options;
    return {
      configured: settings.store,
      jetStream: await this.#hasJetStream(),
      others: others(),
      folder: folder !== null,
      file: this.#file?.presence ?? 'absent',
      before: this.#using ?? remembered?.store ?? null,
    };
  }

  async #hasJetStream(): Promise<StoreFacts['jetStream']> {
    if (this.#using === 'jetstream') return 'yes';
    const bus = this.#storeBus;
    if (bus === null) return this.#connection === null ? 'no' : 'unknown';
    if (this.#options.settings.store !== 'auto' || bus.state !== 'connected') return 'unknown';
    return probeJetStream(bus.connection, ANSWER_TIMEOUT);
  }

  async #use(choice: StoreChoice): Promise<void> {
    this.#blocked = choice.blocked;
    // A file that somebody has taken away needs no carrying.
    if (this.#file?.presence !== 'present') this.#carryRefusal = null;
    const isBusGone = this.#using === 'jetstream' && this.#innerBus !== this.#storeBus;
    if (choice.store === null || (choice.store === this.#using && !isBusGone)) return;
    // Before a file is carried over, so that nothing is written there after it.
    await this.#inner?.close();
    this.#inner = null;
    this.#using = null;
    const next = choice.store === 'file' ? this.#fileStore() : await this.#jetStreamStore(choice.carries);
    if (next === null) return;
    this.#inner = next;
    this.#using = choice.store;
    this.#options.log.info('decision-store-chosen', { store: choice.store });
    await next.open();
  }

  #fileStore(): FileStore | null {
    if (this.#file === null) return null;
    const { log, now } = this.#options;
    return new FileStore({ file: this.#file, latest: this.#latest, log, now });
  }

  /** Null: not yet. */
  async #jetStreamStore(carries: boolean): Promise<JetStreamStore | null> {
    const { settings, log, now } = this.#options;
    const bus = this.#storeBus;
    if (bus === null) {
      this.#blocked = { outcome: 'away', why: 'there is no connection to the NATS of decisions' };
      return null;
    }
    const { replicas } = settings;
    if (carries && this.#file !== null) {
      const bucket = new Bucket({ connection: bus.connection, replicas });
      const carried = await carryOver(bucket, this.#file, now());
      if (carried.outcome === 'away') {
        this.#blocked = carried;
        return null;
      }
      if (carried.outcome === 'refused') {
        this.#carryRefusal = carried;
        log.error('decisions-not-carried', { error: carried.why });
      } else log.info('decisions-carried', { file: this.#file.path, decisions: carried.decisions });
    }
    this.#innerBus = bus;
    return new JetStreamStore({ bus, replicas, latest: this.#latest, log, now });
  }
}
