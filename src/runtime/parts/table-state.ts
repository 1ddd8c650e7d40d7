import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StateCounts } from '../../registry/endpoint-state.ts';
import type { Registry } from '../../registry/registry.ts';
import type { TableStateSource } from '../../status/table-metrics.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { systemTime } from '../../time/wall-clock.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';
import type { SnapshotPart } from './snapshot.ts';

export interface TableStateOptions {
  readonly bus: BusPart;
  readonly snapshot: Pick<SnapshotPart, 'changed' | 'knownAt'>;
  readonly registry: Registry;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  /** `suspend_pruning_if_nats_unavailable` */
  readonly suspendPruning: boolean;
  readonly log: ComponentLog;
}

type State =
  /** There is no bus, or nobody has looked for it yet. */
  | { readonly name: 'unknown' }
  | { readonly name: 'followed' }
  /** Monotonic milliseconds, and how long the table had not been told anything by then. */
  | { readonly name: 'frozen'; readonly since: number; readonly age: number };

/** Tells the tables whether the bus is there, and the operator what that makes of them (docs/outages.md). */
export class TableState implements Part, TableStateSource {
  readonly name = 'table state';
  readonly #options: TableStateOptions;
  #state: State = { name: 'unknown' };

  constructor(options: TableStateOptions) {
    this.#options = options;
    options.bus.onChange((connected) => this.#turn(connected));
  }

  /** After the search for the bus has begun. */
  start(): void {
    const { bus, snapshot } = this.#options;
    // Only what was taken over is served without a bus.
    if (!bus.isConnected && snapshot.knownAt !== null) this.#turn(false);
  }

  /** Endpoints of all routes by state. */
  async states(): Promise<StateCounts> {
    const states = this.#options.registry.states();
    for (;;) {
      const { value, done } = states.next();
      if (done) return value;
      await nextTurn();
    }
  }

  /** How long nobody has been able to tell the table anything; 0 while the bus is there. */
  get ageSeconds(): number {
    const state = this.#state;
    return state.name === 'frozen' ? (state.age + performance.now() - state.since) / 1000 : 0;
  }

  /** Unix milliseconds of when the bus was lost, by whichever process; null: it is there. */
  get lostAt(): number | null {
    return this.#state.name === 'frozen' ? Math.floor(systemTime() - this.ageSeconds * 1000) : null;
  }

  /** Whether endpoints stay that would go otherwise. */
  get isFrozen(): boolean {
    const { registry, tcp } = this.#options;
    if (this.#state.name === 'frozen' || registry.pruningState !== 'active') return true;
    return tcp?.isPruningSlow ?? false;
  }

  /** A line each, for whoever asks after the router's health. */
  remarks(): string[] {
    const { registry, tcp } = this.#options;
    const remarks: string[] = [];
    if (registry.restoredCount > 0)
      remarks.push(`table from snapshot: ${registry.restoredCount} of ${registry.endpointCount} endpoints`);
    if (this.#state.name === 'frozen') remarks.push(`NATS away, table ${Math.floor(this.ageSeconds)} s old`);
    if (registry.pruningState === 'slow')
      remarks.push(`pruning slowed: ${registry.staleCount} endpoints not announced again`);
    if (tcp !== null) remarks.push(...tcp.remarks());
    return remarks;
  }

  #turn(connected: boolean): void {
    const { registry, tcp, snapshot, log, suspendPruning } = this.#options;
    const before = this.#state;
    registry.busIs(connected);
    tcp?.busIs(connected);
    // By this the next process knows whether time without this one counts.
    if (before.name !== 'unknown' || !connected) snapshot.changed();
    if (connected) {
      this.#state = { name: 'followed' };
      if (before.name === 'frozen')
        log.info('table-followed-again', { away_seconds: Math.round(this.#away(before)) });
    } else {
      this.#state = {
        name: 'frozen',
        since: performance.now(),
        age: before.name === 'unknown' ? this.#inherited : 0,
      };
      log.warn('table-frozen', { kept: suspendPruning ? 'all endpoints' : 'endpoints that TLS verifies' });
    }
  }

  #away({ since }: { readonly since: number }): number {
    return (performance.now() - since) / 1000;
  }

  /** Milliseconds since the last process was told anything. */
  get #inherited(): number {
    const { knownAt } = this.#options.snapshot;
    return knownAt === null ? 0 : Math.max(0, systemTime() - knownAt);
  }
}
