import type { Instances } from '../../cutover/capacity.ts';
import type { Sides } from '../../cutover/evidence.ts';
import { type ArmWindow, mergeRouters, NOTHING } from '../../cutover/window.ts';
import { ARM_COUNTS, type WorstRequest, worstOf } from '../../routing/arm-tally.ts';
import type { ArmReport, ArmState } from './arm-report.ts';

/** Of one router: what it said when the window began, and what it said last. */
interface Heard {
  base: ArmReport;
  last: ArmReport;
  /** `gone`: what it did in this window counts, what it has does not. */
  state: 'there' | 'gone';
}

const BEGUN = ARM_COUNTS.indexOf('begun');
const ENDED = ARM_COUNTS.indexOf('ended');
const ANSWERED = ARM_COUNTS.indexOf('answered');
const APP_ERROR = ARM_COUNTS.indexOf('app-error');
const GATEWAY_ERROR = ARM_COUNTS.indexOf('gateway-error');
const ABORTED = ARM_COUNTS.indexOf('aborted');

/**
 * Two arms over all routers, made into windows. Routers count on from the start of their process, so nothing is lost
 * where one does not answer for a while: the next answer has it.
 */
export class ArmWatch {
  readonly #routers = new Map<string, Heard>();

  /** @param report of the replaced arm and the new one, in this order */
  hear(router: string, report: ArmReport): void {
    const heard = this.#routers.get(router);
    if (heard === undefined) this.#routers.set(router, { base: report, last: report, state: 'there' });
    else if (isEarlier(report, heard.last)) {
      this.#routers.set(router, { base: NO_REPORT, last: report, state: 'there' });
    } else heard.last = report;
  }

  /** Those that there are now: nobody waits for what others had under way, nor for endpoints that they had too few of. */
  attend(routers: readonly string[]): void {
    for (const [router, heard] of this.#routers) {
      heard.state = routers.includes(router) ? 'there' : 'gone';
    }
  }

  /** What has happened since the window began. */
  window(): Sides {
    return { from: this.#windowOf(0), to: this.#windowOf(1) };
  }

  /** A new window begins. */
  turn(): void {
    for (const [router, heard] of this.#routers) {
      if (heard.state === 'gone') this.#routers.delete(router);
      else heard.base = heard.last;
    }
  }

  /** Of each router. */
  instances(): Instances[] {
    const there = [...this.#routers.values()].filter(({ state }) => state === 'there');
    return there.map(({ last }) => instancesOf(last));
  }

  /** Of the new arm's failed requests. */
  worst(): WorstRequest[] {
    return worstOf([...this.#routers.values()].flatMap(({ last }) => last.arms[1]?.worst ?? []));
  }

  #windowOf(arm: 0 | 1): ArmWindow {
    const windows = Array.from(this.#routers.values(), ({ base, last, state }) => {
      const window = difference(base.arms[arm], last.arms[arm]);
      return state === 'gone' ? { ...window, inFlight: 0 } : window;
    });
    return mergeRouters(windows);
  }
}

export function instancesOf({ arms }: ArmReport): Instances {
  return { from: arms[0]?.endpoints ?? 0, to: arms[1]?.endpoints ?? 0 };
}

const NO_REPORT: ArmReport = { revision: 0, arms: [] };

/** A router that counts from nothing again: its split was taken back meanwhile. */
function isEarlier(report: ArmReport, than: ArmReport): boolean {
  return report.arms.some(({ counts }, at) => counts[BEGUN]! < (than.arms[at]?.counts[BEGUN] ?? 0));
}

function difference(base: ArmState | undefined, last: ArmState | undefined): ArmWindow {
  if (last === undefined) return NOTHING;
  const since = (at: number): number => Math.max(0, last.counts[at]! - (base?.counts[at] ?? 0));
  return {
    begun: since(BEGUN),
    answered: since(ANSWERED),
    appErrors: since(APP_ERROR),
    gatewayErrors: since(GATEWAY_ERROR),
    aborted: since(ABORTED),
    inFlight: Math.max(0, last.counts[BEGUN]! - last.counts[ENDED]!),
    latency: last.latency.map((count, cell) => Math.max(0, count - (base?.latency[cell] ?? 0))),
  };
}
