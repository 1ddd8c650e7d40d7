import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { giveUp, inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND, type Owner } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { Config } from '../../config/schema.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { PauseDetector } from '../../time/pause-detector.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

/** Between two beats by which a pause is noticed, at most. */
const BEAT_MS = 1000;

export interface PruningOptions {
  readonly config: Pick<Config, 'prune_stale_droplets_interval' | 'suspend_pruning_if_nats_unavailable'>;
  readonly bus: BusPart;
  /** Null: no HTTP routes. */
  readonly registry: Pick<Registry, 'prune' | 'thaw'> | null;
  /** Null: no TCP router. */
  readonly tcp: Pick<TcpRoutes, 'prune'> | null;
  readonly log: ComponentLog;
}

/** Takes routes out whose heartbeats have stopped; after a pause of the process, those that wait to be read come first. */
export class PruningPart implements Part {
  readonly name = 'pruning';
  readonly #options: PruningOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #pause: PauseDetector | null = null;
  #state: 'idle' | 'pruning' | 'stopped' = 'idle';

  constructor(options: PruningOptions) {
    this.#options = options;
  }

  start(): void {
    const interval = this.#options.config.prune_stale_droplets_interval;
    if (interval === 0) return;
    const beat = Math.min(interval, BEAT_MS);
    const pause = new PauseDetector(beat, performance.now());
    this.#pause = pause;
    this.#timers.push(
      every(beat, ONE_ROUND, () => pause.beat(performance.now())),
      every(interval, ONE_ROUND, () => this.#prune()),
    );
  }

  stop(): void {
    this.#state = 'stopped';
    for (const timer of this.#timers) clearInterval(timer);
  }

  #prune(): void {
    const { config, bus, registry, tcp } = this.#options;
    const connected = bus.isConnected;
    const suspends = config.suspend_pruning_if_nats_unavailable && !connected;
    const wasPaused = this.#thawAfterPause();
    if (tcp !== null) tcp.prune((owner) => wasPaused || (owner === 'bus' && suspends));
    if (registry === null || this.#state !== 'idle') return;
    this.#state = 'pruning';
    const round: Owner = { kind: 'round', panic: () => this.#rest() };
    try {
      inBackground(round, this.#inTurns(registry.prune(connected)));
    } catch (error) {
      giveUp(round, error);
    }
  }

  /** All pieces, one in each turn of the loop. */
  async #inTurns(pieces: Iterable<void>): Promise<void> {
    for (const _ of pieces) {
      await nextTurn();
      this.#thawAfterPause();
      if (this.#state === 'stopped') return;
    }
    this.#rest();
  }

  #rest(): void {
    if (this.#state === 'pruning') this.#state = 'idle';
  }

  /** Everything counts as heard of now. */
  #thawAfterPause(): boolean {
    if (!this.#pause!.take(performance.now())) return false;
    this.#options.log.info('prune-deferred-after-pause');
    this.#options.registry?.thaw();
    return true;
  }
}
