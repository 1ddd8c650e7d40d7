import type { Instances } from '../../cutover/capacity.ts';
import type { Sides } from '../../cutover/evidence.ts';
import { type ArmWindow, mergeRouters, NOTHING } from '../../cutover/window.ts';
import { ARM_COUNTS, type WorstRequest, worstOf } from '../../routing/arm-tally.ts';
import type { ArmReport, ArmState } from './arm-report.ts';

/** Of one router: what it said when the window began, and what it said last. */
interface Heard {
  base: ArmReport;
  last: ArmReport;
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
    if (heard === undefined) this.#routers.set(router, { base: report, last: report });
    else if (isEarlier(report, heard.last)) this.#routers.set(router, { base: NO_REPORT, last: report });
    else heard.last = report;
  }

  forget(router: string): void {
    this.#routers.delete(router);
  }

  /** What has happened since the window began. */
  window(): Sides {
    const heard = [...this.#routers.values()];
    return {
      from: mergeRouters(heard.map(({ base, last }) => difference(base.arms[0], last.arms[0]))),
      to: mergeRouters(heard.map(({ base, last }) => difference(base.arms[1], last.arms[1]))),
    };
  }

  /** A new window begins. */
  turn(): void {
    for (const heard of this.#routers.values()) heard.base = heard.last;
  }

  /** Of each router. */
  instances(): Instances[] {
    return Array.from(this.#routers.values(), ({ last }) => instancesOf(last));
  }

  /** Of the new arm's failed requests. */
  worst(): WorstRequest[] {
    return worstOf([...this.#routers.values()].flatMap(({ last }) => last.arms[1]?.worst ?? []));
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
