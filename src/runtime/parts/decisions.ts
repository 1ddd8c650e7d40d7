import { setTimeout as delay } from 'node:timers/promises';
import type { DecisionsOverview } from '../../admin/overview-route.ts';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import type { Config } from '../../config/schema.ts';
import type { DecisionStore } from '../../decisions/decision-store.ts';
import { Decisions } from '../../decisions/decisions.ts';
import type { Remembered } from '../../decisions/remembered.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { decisionSettings } from '../settings/decision-settings.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';
import type { SnapshotPart } from './snapshot.ts';

/** What a router that starts waits for its store. */
const PATIENCE_MS = 2000;

export interface DecisionsPartOptions {
  readonly config: Config;
  readonly bus: BusPart;
  readonly snapshot: Pick<SnapshotPart, 'folder' | 'formerDecisions' | 'changed'>;
  /** Other routers in the roll-call; null: not known yet. */
  others(): number | null;
  readonly log: ComponentLog;
}

/** What operators decide, for this router or for all of them. */
export class DecisionsPart implements Part {
  readonly name = 'decisions';
  readonly #options: DecisionsPartOptions;
  /** Null before the start. */
  #decisions: Decisions | null = null;
  #looked: Promise<void> = Promise.resolve();
  /** Null: nobody has asked for it. */
  #settled: Promise<void> | null = null;

  constructor(options: DecisionsPartOptions) {
    this.#options = options;
  }

  /** Null before the start. */
  get store(): DecisionStore | null {
    return this.#decisions;
  }

  /** The highest revision that is known; 0: none. */
  get revision(): number {
    return this.#decisions?.revision ?? 0;
  }

  overview(): DecisionsOverview {
    const decisions = this.#decisions;
    if (decisions === null) return { store: null, revision: 0, state: 'away', asOf: null, why: '' };
    const { store, revision, state } = decisions;
    if (state.name === 'reachable') return { store, revision, state: 'reachable', asOf: null, why: '' };
    // Of nothing that was ever decided nothing can be old.
    return { store, revision, state: 'away', asOf: revision === 0 ? null : state.since, why: state.why };
  }

  /** A line for whoever asks after the router's health: what it goes by may be old. */
  remarks(): string[] {
    const { state, asOf } = this.overview();
    if (state === 'reachable' || asOf === null) return [];
    return [`store of decisions away, decisions ${Math.round((systemTime() - asOf) / 1000)} s old`];
  }

  /** For the snapshot; null: there is nothing to remember. */
  entries(): Remembered | null {
    return this.#decisions?.entries() ?? null;
  }

  /** A router does not wait for its store: until that is there it goes by what it remembers. @throws {BusTlsInvalid} */
  start(): void {
    const { config, bus, snapshot, others, log } = this.#options;
    const { remembered, rejected } = snapshot.formerDecisions;
    for (const reason of rejected) log.warn('decision-not-restored', { reason });
    const decisions = new Decisions({
      settings: decisionSettings(config),
      others,
      folder: snapshot.folder,
      remembered,
      log,
      // Files and buckets have whole milliseconds.
      now: () => Math.floor(systemTime()),
    });
    this.#decisions = decisions;
    decisions.watch(() => snapshot.changed());
    bus.whenFound((client) => decisions.connect(client));
    this.#looked = decisions.start();
    inBackground(ONE_ROUND, this.#looked);
  }

  /** Resolves when the store has been looked at once, or does not answer: requests are to find what is decided in force. */
  settle(): Promise<void> {
    this.#settled ??= this.#settle();
    return this.#settled;
  }

  async stop(): Promise<void> {
    await this.#decisions?.close();
  }

  async #settle(): Promise<void> {
    try {
      await Promise.race([this.#looked, delay(PATIENCE_MS, undefined, { ref: false })]);
    } catch {
      // It has been told, and a router goes without.
    }
  }
}
