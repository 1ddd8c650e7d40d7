import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import type { AgentListener } from './agent-event.ts';
import type { HeldRoute } from './held-route.ts';
import type { Check, CheckResult } from './route/check.ts';
import { afterCheck, thresholdsOf } from './route/health.ts';

/** Runs a check to its end, or until it is called off; never rejects. */
export type RunCheck = (check: Check, signal: AbortSignal) => Promise<CheckResult>;

export interface CheckerOptions {
  readonly check: RunCheck;
  readonly tell: AgentListener;
}

/** Finds out whether applications are fit to serve. */
export class Checker {
  readonly #options: CheckerOptions;
  readonly #say: (held: HeldRoute) => void;

  /** @param say what is to be said of a route has changed, or is to be said with every result */
  constructor(options: CheckerOptions, say: (held: HeldRoute) => void) {
    this.#options = options;
    this.#say = say;
  }

  /** Begins a check, unless one is under way. */
  begin(held: HeldRoute, check: Check): void {
    if (held.checking !== null) return;
    held.checking = new AbortController();
    inBackground(ONE_ROUND, this.#run(held, check, held.checking.signal));
  }

  async #run(held: HeldRoute, check: Check, signal: AbortSignal): Promise<void> {
    let result: CheckResult;
    try {
      result = await this.#options.check(check, signal);
    } finally {
      held.checking = null;
    }
    if (held.state === 'gone') return;
    const { tell } = this.#options;
    const { phase, health, route } = held;
    held.health = afterCheck(health, result.ok, thresholdsOf(check));
    const reason = result.ok ? '' : result.reason;
    if (!result.ok) tell({ kind: 'check-failed', route, reason });
    if (held.health.state !== health.state) {
      if (held.health.state === 'up') tell({ kind: 'healthy', route });
      if (held.health.state === 'down') tell({ kind: 'unhealthy', route, reason });
    }
    if (check.kind === 'script' || held.phase !== phase) this.#say(held);
  }
}
