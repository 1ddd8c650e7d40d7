import { CannotStart } from '../../cannot-start.ts';
import { median } from '../../statistics.ts';
import { describe, type Faults, sum } from '../faults.ts';
import type { Seen } from '../processes/wary-clients.ts';
import type { Answer, Ledger, Verdict } from './ledger.ts';

/** Growth of memory that is none: the larger of the two. */
const GROWTH_SHARE = 0.05;
const GROWTH_MB = 10;
/** Shown of each kind that should not be. */
const SHOWN = 5;

export interface Verdicts {
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Of all that were wrong, those to pinned requests. */
  readonly wrongToPinned: number;
  /** The same, those to requests that were under way before the bus was told of what made the answer wrong. */
  readonly wrongToOld: number;
  /** Milliseconds that the router took to hear of a change, as far as answers tell: at most. */
  readonly latest: number;
  /** The first of those that were wrong. */
  readonly wrong: readonly string[];
}

/** What clients have met with so far. */
export class Account {
  requests = 0;
  pinned = 0;
  inSessions = 0;
  readonly answers: Answer[] = [];
  readonly strange: string[] = [];
  readonly #faults = new Map<string, number>();

  add(seen: Seen): void {
    this.requests += seen.requests;
    this.pinned += seen.pinned;
    this.inSessions += seen.inSessions;
    for (const answer of seen.answers) this.answers.push(answer);
    this.strange.push(...seen.strange);
    for (const [reason, count] of Object.entries(seen.faults)) {
      this.#faults.set(reason, (this.#faults.get(reason) ?? 0) + count);
    }
  }

  /** Requests that no backend answered; the router itself may have. */
  get unanswered(): number {
    return sum(this.#byReason);
  }

  /** Those of them that met with something worse than that there is no such route or instance. */
  get failed(): number {
    const entries = Object.entries(this.#byReason).filter(([reason]) => !/^4\d\d /.test(reason));
    return sum(Object.fromEntries(entries));
  }

  get reasons(): string {
    return describe(this.#byReason) || 'none';
  }

  judge(ledger: Ledger): Verdicts {
    const counts: Record<Verdict, number> = {
      right: 0,
      late: 0,
      'in the window': 0,
      'wrong application': 0,
      'wrong instance': 0,
      'not the one pinned': 0,
    };
    let latest = 0;
    let wrongToPinned = 0;
    let wrongToOld = 0;
    const wrong: string[] = [];
    for (const answer of this.answers) {
      const { verdict, after } = ledger.judge(answer);
      counts[verdict]++;
      if (verdict === 'late') latest = Math.max(latest, after);
      if (verdict === 'late' || verdict === 'right') continue;
      if (answer.pin !== '') wrongToPinned++;
      if (answer.sentAt < answer.at - after) wrongToOld++;
      if (counts[verdict] > SHOWN) continue;
      wrong.push(`${verdict}, ${after.toFixed(0)} ms after the change: ${JSON.stringify(answer)}`);
    }
    return { counts, wrongToPinned, wrongToOld, latest, wrong };
  }

  get #byReason(): Faults {
    return Object.fromEntries(this.#faults);
  }
}

/**
 * Of samples at equal distances: the median of the last quarter beyond that of the second, and what of it is no growth.
 * Of four minutes these are the last one and the second.
 * @throws CannotStart when there are too few
 */
export function memoryGrowth(resident: readonly number[]): { growth: number; bound: number } {
  const quarter = Math.floor(resident.length / 4);
  if (quarter === 0) throw new CannotStart('memory was not looked at often enough');
  const before = median(resident.slice(quarter, 2 * quarter));
  const after = median(resident.slice(-quarter));
  return { growth: after - before, bound: Math.max(GROWTH_MB, GROWTH_SHARE * before) };
}
