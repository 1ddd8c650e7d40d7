import { performance } from 'node:perf_hooks';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after, every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { AgentEvent } from './agent-event.ts';
import { Journal } from './journal.ts';
import { type Legacy, NOTHING_LEFT } from './legacy.ts';
import { dropLegacy, journalIn, leaveLegacy } from './legacy-file.ts';

export interface LegacyKeeperOptions {
  /** The state folder. */
  readonly folder: string;
  readonly log: ComponentLog;
  legacy(): Legacy;
  /** Whether the folder is still this agent's: what another has written there stays. */
  isOurs(): boolean;
}

/** After a change; what changes meanwhile is written with it. Milliseconds. */
const REST_MS = 1_000;
/** What has not been written lately counts for nothing. */
const RENEW_MS = 60_000;
/** Of the time, so much at most goes into writing at once what has just changed. */
const SHARE = 1 / 20;
/** They change nothing that the next agent needs. */
const OF_NO_INTEREST: readonly AgentEvent['kind'][] = ['heartbeat', 'check-failed', 'healthy', 'no-channel'];
/** An application may be stopped because of them in the next moment. */
const URGENT: readonly AgentEvent['kind'][] = ['draining', 'drain-called-off'];

/** Keeps written down what the next agent needs if this one is killed. Closed once. */
export class LegacyKeeper {
  readonly #options: LegacyKeeperOptions;
  readonly #renewal: NodeJS.Timeout;
  #journal: Journal | null = null;
  #soon: { readonly timer: NodeJS.Timeout; readonly due: number } | null = null;
  #state: 'keeping' | 'failing' = 'keeping';
  /** From when on something may be written at once. */
  #free = 0;

  constructor(options: LegacyKeeperOptions) {
    this.#options = options;
    this.#renewal = every(RENEW_MS, ONE_ROUND, () => this.#write());
    this.#writeIn(REST_MS);
  }

  /** Before what the event tells is said to routers. */
  heed({ kind, route }: AgentEvent): void {
    if (OF_NO_INTEREST.includes(kind)) return;
    if (kind === 'registered' && route.announcement.kind === 'bus') this.#note(route.announcement);
    if (!URGENT.includes(kind)) this.#writeIn(REST_MS);
    else if (this.#free <= performance.now()) this.#write();
    else this.#writeIn(Math.min(this.#free - performance.now(), REST_MS));
  }

  /** @param ending `done`: all has been taken back, and only what is about to stop is for the next one to know */
  close(ending: 'leave' | 'done'): void {
    clearInterval(this.#renewal);
    clearTimeout(this.#soon?.timer);
    const { folder, legacy, isOurs } = this.#options;
    const { stopping } = legacy();
    if (ending === 'leave') this.#write();
    else if (stopping.length > 0) this.#write({ ...NOTHING_LEFT, stopping });
    else if (isOurs()) {
      this.#try(() => {
        dropLegacy(folder);
        this.#journal?.clear();
      });
    }
    this.#journal?.close();
  }

  #note(announced: unknown): void {
    if (!this.#options.isOurs()) return;
    this.#try(() => {
      this.#journal ??= new Journal(journalIn(this.#options.folder));
      this.#journal.note(announced);
    });
  }

  #writeIn(milliseconds: number): void {
    const due = performance.now() + milliseconds;
    if (this.#soon !== null && this.#soon.due <= due) return;
    clearTimeout(this.#soon?.timer);
    this.#soon = { timer: after(milliseconds, ONE_ROUND, () => this.#write()), due };
  }

  #write(legacy = this.#options.legacy()): void {
    clearTimeout(this.#soon?.timer);
    this.#soon = null;
    if (!this.#options.isOurs()) return;
    const began = performance.now();
    this.#try(() => {
      leaveLegacy(this.#options.folder, legacy);
      this.#journal ??= new Journal(journalIn(this.#options.folder));
      this.#journal.clear();
    });
    const now = performance.now();
    this.#free = now + (now - began) / SHARE;
  }

  /** Told once: without it, the next agent does not know what has gone meanwhile. */
  #try(step: () => void): void {
    try {
      step();
      this.#state = 'keeping';
    } catch (error) {
      if (this.#state === 'keeping') {
        this.#options.log.error('nothing-is-left-behind', { folder: this.#options.folder, error });
      }
      this.#state = 'failing';
    }
  }
}
