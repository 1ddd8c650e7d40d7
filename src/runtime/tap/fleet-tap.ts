import type { TapFilter } from '../../http/account/taps.ts';
import { fitting } from './fitting.ts';
import type { TapAnswer } from './local-taps.ts';
import { TapBuffer } from './tap-buffer.ts';
import type { ToldRecord } from './told-record.ts';
import type { Unasked } from './unasked.ts';

/** Records of all routers that wait for a reader. */
const MOST_WAITING = 5000;
/** Of those, in one answer of the admin address, which has no room for more than a megabyte. Bytes. */
const MOST_BYTES = 700_000;
/** Rounds after which those that were silent are waited for again. */
const ROUNDS_OF_ALL = 10;
const BUSY = 'as many others look on there as may: try again when one of them has ended';

/** One who looks on at several routers: how far each was read, who is silent, and what waits for the reader. */
export class FleetTap {
  readonly filter: TapFilter;
  /** As it was asked for, so that others read it by themselves; null: it is for this router alone. */
  readonly asked: Readonly<Record<string, unknown>> | null;
  readonly #buffer = new TapBuffer<ToldRecord>(MOST_WAITING);
  readonly #routers = new Map<string, { next: number; dropped: number }>();
  #silent: readonly Unasked[] = [];
  #absent: ReadonlySet<string> = new Set();
  #rounds = 0;
  /** Whether a question is under way. */
  isAsking = false;
  /** Monotonic milliseconds. */
  readAt: number;
  /** Whether all have been asked once: until then nobody knows who is silent. */
  #isSettled = false;

  constructor(filter: TapFilter, asked: Readonly<Record<string, unknown>> | null, now: number) {
    this.filter = filter;
    this.asked = asked;
    this.readAt = now;
  }

  /** By router, how many of its records were had. */
  get cursors(): Record<string, number> {
    return Object.fromEntries(Array.from(this.#routers, ([id, { next }]) => [id, next]));
  }

  /** Whom the next round waits for: nobody is held up by one that was silent, but now and then it is given time again. */
  awaited(askable: readonly string[]): string[] {
    const there = new Set(askable);
    // Who is gone may have had thousands before it.
    for (const id of this.#routers.keys()) if (!there.has(id)) this.#routers.delete(id);
    const all = this.#rounds++ % ROUNDS_OF_ALL === 0;
    return askable.filter((id) => all || !this.#absent.has(id));
  }

  /** @param awaited whom the round has waited for @param silent all that could not be asked */
  take(
    answers: ReadonlyMap<string, TapAnswer>,
    awaited: readonly string[],
    silent: readonly Unasked[],
  ): void {
    this.#isSettled = true;
    const records: ToldRecord[] = [];
    let lost = 0;
    for (const [router, answer] of answers) {
      const known = this.#routers.get(router) ?? { next: 0, dropped: 0 };
      // One that has begun anew counts from its own beginning.
      lost += Math.max(0, answer.dropped - known.dropped);
      this.#routers.set(router, { next: answer.next, dropped: answer.dropped });
      records.push(...answer.records.map((record) => ({ ...record, router })));
    }
    this.#buffer.put(
      records.toSorted((a, b) => a.at - b.at),
      lost,
    );
    const late = awaited.filter((id) => !answers.has(id));
    this.#absent = new Set([...[...this.#absent].filter((id) => !answers.has(id)), ...late]);
    const busy = [...answers].filter(([, answer]) => answer.busy);
    this.#silent = [...silent, ...busy.map(([id]) => ({ id, why: BUSY }))];
  }

  /** @param after how many records were had */
  read(after: number): object {
    const { records, next } = this.#buffer.read(after, (waiting) => fitting(waiting, MOST_BYTES));
    return {
      requests: records,
      next,
      dropped: this.#buffer.dropped,
      not_asked: this.#silent,
      settled: this.#isSettled,
    };
  }
}
