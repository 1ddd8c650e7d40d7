import { type Decision, type DecisionEntry, HISTORY, isDecision } from './decision.ts';
import type { WriteOutcome } from './decision-store.ts';
import type { WriteRequest } from './write-request.ts';

/** Keys of which the history is kept although nothing is decided there any more. */
const MAX_TAKEN_BACK = 1000;

/** What goes on by itself has its own past in its value, and takes a step every few seconds: the file would be all of it. */
const OWN_PAST = /^(?:cutover|lease)\./;

function kept(key: string, history: readonly DecisionEntry[]): readonly DecisionEntry[] {
  return history.slice(OWN_PAST.test(key) ? -1 : -HISTORY);
}

/** The history of all keys, as NATS key-value has it: one sequence of revisions over all of them. Never changes itself. */
export class DecisionLog {
  static readonly EMPTY = new DecisionLog([], 0);
  readonly #histories: ReadonlyMap<string, readonly DecisionEntry[]>;
  /** The last revision that was given to anything. */
  readonly last: number;

  /** @param entries in the order of their revisions */
  constructor(entries: readonly DecisionEntry[], last: number) {
    this.#histories = Map.groupBy(entries, ({ key }) => key);
    this.last = Math.max(last, entries.at(-1)?.revision ?? 0);
  }

  history(key: string): readonly DecisionEntry[] {
    return kept(key, this.#histories.get(key) ?? []);
  }

  /** The last step of every key, in the order of their revisions. */
  latest(): DecisionEntry[] {
    return [...this.#histories.values()].map((history) => history.at(-1)!).sort(byRevision);
  }

  /** All that is to be kept, in the order of their revisions. */
  entries(): DecisionEntry[] {
    const takenBack = this.latest().filter((entry) => !isDecision(entry));
    const forgotten = new Set(takenBack.slice(0, -MAX_TAKEN_BACK).map(({ key }) => key));
    return [...this.#histories]
      .flatMap(([key, history]) => (forgotten.has(key) ? [] : kept(key, history)))
      .sort(byRevision);
  }

  /**
   * The step that a request comes to, or why it comes to none.
   * @param ahead steps of other keys that come before it and are not in this yet
   */
  step(
    request: WriteRequest,
    at: number,
    ahead = 0,
  ): DecisionEntry | Extract<WriteOutcome, { outcome: 'conflict' }> {
    const { key, value, by, expected } = request;
    const last = this.history(key).at(-1);
    const current = last !== undefined && isDecision(last) ? last : null;
    // One that was taken back stands in nobody's way, but may also be named, as in NATS key-value.
    const revision = last?.revision ?? 0;
    if (expected === revision || (expected === 0 && current === null)) {
      return { key, value, revision: this.last + 1 + ahead, at, by };
    }
    return { outcome: 'conflict', current, revision: current?.revision ?? 0 };
  }

  /** @param entries in the order of their revisions */
  with(...entries: readonly DecisionEntry[]): DecisionLog {
    return new DecisionLog([...this.entries(), ...entries], this.last);
  }

  /** With those decisions, known from elsewhere, that are later than what this has of their keys. */
  completedBy(decisions: readonly Decision[], last: number): DecisionLog {
    const missing = decisions.filter(
      ({ key, revision }) => revision > (this.#histories.get(key)?.at(-1)?.revision ?? 0),
    );
    const entries = [...this.entries(), ...missing].sort(byRevision);
    return new DecisionLog(entries, Math.max(this.last, last));
  }
}

function byRevision(a: DecisionEntry, b: DecisionEntry): number {
  return a.revision - b.revision;
}
