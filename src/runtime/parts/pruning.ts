import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND, type Owner } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { Config } from '../../config/schema.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { PauseDetector } from '../../time/pause-detector.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

/** Between two beats by which a pause is noticed. */
const BEAT_MS = 1000;
/** Turns of the loop after a pause, in which what waits to be read is. */
const TURNS_TO_READ = 2;

export interface PruningOptions {
  readonly config: Pick<Config, 'prune_stale_droplets_interval'>;
  /** By whose running time routes age. */
  readonly pause: PauseDetector;
  readonly bus: Pick<BusPart, 'isConnected'>;
  /** Null: no HTTP routes. */
  readonly registry: Pick<Registry, 'prune'> | null;
  /** Null: no TCP router. */
  readonly tcp: Pick<TcpRoutes, 'busIs' | 'prune'> | null;
  readonly log: ComponentLog;
}

export function createPauseDetector(): PauseDetector {
  return new PauseDetector(BEAT_MS, performance.now());
}

/**
 * Takes routes out whose heartbeats have stopped. A pause of the process is no part of their age, and after one the
 * heartbeats that wait to be read come first.
 */
export class PruningPart implements Part {
  readonly name = 'pruning';
  readonly #options: PruningOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #state: 'idle' | 'pruning' | 'stopped' = 'idle';

  constructor(options: PruningOptions) {
    this.#options = options;
  }

  start(): void {
    const { config, pause } = this.#options;
    // What came before is the start of the router.
    pause.take(performance.now());
    this.#timers.push(every(BEAT_MS, ONE_ROUND, () => pause.beat(performance.now())));
    const interval = config.prune_stale_droplets_interval;
    if (interval > 0) this.#timers.push(every(interval, ONE_ROUND, () => this.#prune()));
  }

  stop(): void {
    this.#state = 'stopped';
    for (const timer of this.#timers) clearInterval(timer);
  }

  #prune(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'pruning';
    const round: Owner = { kind: 'round', panic: () => this.#rest() };
    inBackground(round, this.#round());
  }

  async #round(): Promise<void> {
    await this.#readFirst();
    if (this.#isStopped) return;
    const { bus, registry, tcp } = this.#options;
    const connected = bus.isConnected;
    tcp?.busIs(connected);
    tcp?.prune();
    if (registry !== null) await this.#inTurns(registry.prune(connected));
    this.#rest();
  }

  /** All pieces, one in each turn of the loop. */
  async #inTurns(pieces: Iterable<void>): Promise<void> {
    for (const _ of pieces) {
      await nextTurn();
      await this.#readFirst();
      if (this.#isStopped) return;
    }
  }

  /** After a pause, resolves when sockets have been read. */
  async #readFirst(): Promise<void> {
    if (!this.#options.pause.take(performance.now())) return;
    this.#options.log.info('prune-deferred-after-pause');
    for (let turn = 0; turn < TURNS_TO_READ; turn++) await nextTurn();
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #rest(): void {
    if (this.#state === 'pruning') this.#state = 'idle';
  }
}
