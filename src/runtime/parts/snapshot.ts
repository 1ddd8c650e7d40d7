import { setTimeout as delay } from 'node:timers/promises';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import type { Config } from '../../config/schema.ts';
import type { ReadRemembered, Remembered } from '../../decisions/remembered.ts';
import type { Registry } from '../../registry/registry.ts';
import { covers, type Sharding } from '../../registry/sharding.ts';
import type { SnapshotClock } from '../../snapshot/snapshot-clock.ts';
import { SYSTEM_CLOCK } from '../../snapshot/snapshot-clock.ts';
import { SnapshotKeeper } from '../../snapshot/snapshot-keeper.ts';
import type { AnySource } from '../../snapshot/table-source.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { inTurns } from '../../time/in-turns.ts';
import { BusSource, type FormerBus } from '../snapshot/bus-source.ts';
import { DecisionSource, rememberedIn } from '../snapshot/decision-source.ts';
import { HttpSource } from '../snapshot/http-source.ts';
import { isOfTable, type RestoreCounts, restoreTables } from '../snapshot/restore-tables.ts';
import { TcpSource } from '../snapshot/tcp-source.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { Part } from './part.ts';
import { openStateFolder } from './state-folder.ts';

/** What a router waits for its disk at its end. */
const PATIENCE_MS = 5000;

export interface SnapshotPartOptions {
  readonly config: Pick<
    Config,
    | 'cellgate'
    | 'enable_http2'
    | 'isolation_segments'
    | 'routing_table_sharding_mode'
    | 'suspend_pruning_if_nats_unavailable'
  >;
  /** Null: no HTTP routes. */
  readonly registry: Registry | null;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  bus(): Omit<FormerBus, 'sharding'>;
  /** What is decided, to be remembered; null: nothing. */
  decisions(): Remembered | null;
  readonly log: ComponentLog;
  readonly clock?: SnapshotClock;
}

/** Keeps the tables on disk, and takes over what the last process has left there. */
export class SnapshotPart implements Part {
  readonly name = 'snapshot';
  readonly #options: SnapshotPartOptions;
  readonly #clock: SnapshotClock;
  /** Null: there is no folder for it. */
  #keeper: SnapshotKeeper | null = null;
  /** Null: nothing has been taken over. */
  #counts: RestoreCounts | null = null;
  #knownAt: number | null = null;
  /** Of the last process; null: it is not known. */
  #formerSharding: Sharding | null = null;
  #folder: string | null = null;
  #formerDecisions: ReadRemembered = { remembered: null, rejected: [] };

  constructor(options: SnapshotPartOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  async start(): Promise<void> {
    const { config, log } = this.#options;
    const folder = await openStateFolder(config.cellgate.state_dir, log);
    if (folder === null) return;
    this.#keeper = await SnapshotKeeper.open(folder, this.#sources(), log, this.#clock);
    if (this.#keeper.state === 'keeping') this.#folder = folder;
    const { knownAt, entries } = this.#keeper.restored;
    const former = entries.find(({ kind }) => kind === 'bus')?.value as FormerBus | undefined;
    this.#knownAt = former?.lostAt ?? knownAt;
    this.#formerSharding = former?.sharding ?? null;
    this.#formerDecisions = rememberedIn(entries);
  }

  /** `cellgate.state_dir`, where this process has it for itself; null: it has none. */
  get folder(): string | null {
    return this.#folder;
  }

  /** What was decided when the last process went, as far as it is known. */
  get formerDecisions(): ReadRemembered {
    return this.#formerDecisions;
  }

  /** Whether there may be something to take over. */
  get isThere(): boolean {
    return this.#counts === null && (this.#keeper?.restored.entries.some(isOfTable) ?? false);
  }

  /** Something that the last process had is served, or is about to be: whoever has that can go without its sources. */
  get serves(): boolean {
    return this.isThere || (this.#counts !== null && this.#counts.restored > 0);
  }

  /** Unix milliseconds up to which the bus could say what was otherwise; null: nothing was taken over. */
  get knownAt(): number | null {
    return this.#counts === null ? null : this.#knownAt;
  }

  /** Nothing that the last process had is missing: whoever can be served by it need not wait for agents. */
  get isWhole(): boolean {
    const [counts, former] = [this.#counts, this.#formerSharding];
    if (counts === null || former === null || !covers(former, this.#sharding)) return false;
    return counts.restored > 0 && counts.over + counts.refused === 0;
  }

  /** Puts it into the tables; answers whether there is anything to serve. @param connected whether the bus is there */
  async takeOver(connected: boolean): Promise<boolean> {
    const keeper = this.#keeper;
    if (keeper === null || !this.isThere) return false;
    const { registry, tcp, config, log } = this.#options;
    const { rejected } = keeper.restored;
    const counts: RestoreCounts = { restored: 0, over: 0, refused: rejected, elsewhere: 0 };
    this.#counts = counts;
    const times = {
      now: this.#clock.wall(),
      connected,
      suspendPruning: config.suspend_pruning_if_nats_unavailable,
    };
    // What is restored has not been spoken of, though a bus that is there was not away: it gives nobody more time.
    for (const table of [registry, tcp]) {
      table?.busIs(false);
      if (connected) table?.busIs(true);
    }
    await inTurns(restoreTables(keeper.restored, { http: registry, tcp }, times, counts));
    keeper.forgetRestored();
    if (counts.restored > 0) keeper.changed();
    log.info('tables-restored', { ...counts });
    return counts.restored > 0;
  }

  /** A table has changed otherwise than by a heartbeat. */
  changed(): void {
    this.#keeper?.changed();
  }

  /** Resolves when the tables are on disk, or could not be written. */
  async writeNow(): Promise<void> {
    await this.#keeper?.writeNow();
  }

  /** A disk that does not answer keeps no router from its end. */
  async stop(): Promise<void> {
    if (this.#keeper === null) return;
    const closed = this.#keeper.close();
    inBackground(ONE_ROUND, closed);
    const waited = delay(PATIENCE_MS, 'late', { ref: false });
    if ((await Promise.race([closed, waited])) === 'late')
      this.#options.log.error('snapshot-not-closed', { waited_ms: PATIENCE_MS });
  }

  #sources(): AnySource[] {
    const { bus, decisions } = this.#options;
    const others: unknown[] = [
      new BusSource(bus, this.#sharding),
      new DecisionSource(decisions, () => this.#clock.wall()),
    ];
    return [...(others as AnySource[]), ...this.tables()];
  }

  get #sharding(): Sharding {
    const { routing_table_sharding_mode: mode, isolation_segments: segments } = this.#options.config;
    return { mode, segments };
  }

  /** The tables themselves, for whoever wants to read them. */
  tables(): AnySource[] {
    const { registry, tcp, config } = this.#options;
    const sources: unknown[] = [];
    if (registry !== null) sources.push(new HttpSource(registry, config.enable_http2));
    if (tcp !== null) sources.push(new TcpSource(tcp));
    return sources as AnySource[];
  }
}
