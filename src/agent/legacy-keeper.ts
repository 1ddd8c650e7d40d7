import { ONE_ROUND } from '../boundary/owner.ts';
import { after, every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { AgentEvent } from './agent-event.ts';
import { dropLegacy, type Legacy, leaveLegacy, renewLegacy } from './legacy.ts';

export interface LegacyKeeperOptions {
  /** The state folder. */
  readonly folder: string;
  readonly log: ComponentLog;
  legacy(): Legacy;
}

/** After a change; what changes meanwhile is written with it. Milliseconds. */
const REST_MS = 1_000;
const RENEW_MS = 60_000;
/** They change nothing that the next agent needs. */
const OF_NO_INTEREST: readonly AgentEvent['kind'][] = ['heartbeat', 'check-failed', 'healthy', 'no-channel'];

/** Keeps written down what the next agent needs if this one is killed. Closed once. */
export class LegacyKeeper {
  readonly #options: LegacyKeeperOptions;
  readonly #renewal: NodeJS.Timeout;
  #soon: NodeJS.Timeout | null = null;
  #state: 'keeping' | 'failing' = 'keeping';

  constructor(options: LegacyKeeperOptions) {
    this.#options = options;
    this.#renewal = every(RENEW_MS, ONE_ROUND, () => this.#try(() => renewLegacy(options.folder)));
  }

  heed({ kind }: AgentEvent): void {
    if (OF_NO_INTEREST.includes(kind)) return;
    this.#soon ??= after(REST_MS, ONE_ROUND, () => {
      this.#soon = null;
      this.#write();
    });
  }

  /** @param ending `done`: all has been taken back, and there is nothing for the next one to do */
  close(ending: 'leave' | 'done'): void {
    clearInterval(this.#renewal);
    clearTimeout(this.#soon ?? undefined);
    if (ending === 'leave') this.#write();
    else this.#try(() => dropLegacy(this.#options.folder));
  }

  #write(): void {
    this.#try(() => leaveLegacy(this.#options.folder, this.#options.legacy()));
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
