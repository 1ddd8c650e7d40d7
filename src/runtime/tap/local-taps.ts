import type { RequestRecord } from '../../http/account/request-record.ts';
import type { TapFilter, Tapped } from '../../http/account/taps.ts';
import { fitting } from './fitting.ts';
import { TapBuffer } from './tap-buffer.ts';

/** What somebody who looks on is told of one router. */
export interface TapAnswer {
  readonly records: readonly RequestRecord[];
  /** To be said with the next question. */
  readonly next: number;
  /** Since it began. */
  readonly dropped: number;
  /** As many others look on there as may. */
  readonly busy: boolean;
}

interface Open {
  readonly filter: TapFilter;
  readonly buffer: TapBuffer<RequestRecord>;
  /** Monotonic milliseconds. */
  askedAt: number;
}

export const MOST_TAPS = 8;
/** Records that wait to be asked for. */
const MOST_WAITING = 2000;
/** In one answer, which has to fit a message of the bus. Records, and bytes. */
const MOST_AT_ONCE = 1000;
const MOST_BYTES = 700_000;
/** Whoever has not asked for so long does so no more. */
const FORGOTTEN_MS = 10_000;
const BUSY: TapAnswer = { records: [], next: 0, dropped: 0, busy: true };

/** Those who look on at this router, from here or from another one. They are there as long as they ask. */
export class LocalTaps {
  readonly #open = new Map<string, Open>();
  readonly #followed = new Map<TapFilter, (tapped: Tapped) => void>();
  readonly #tell: (filters: readonly TapFilter[]) => void;
  readonly #now: () => number;

  /** @param tell brings those that are wanted to the threads @param now monotonic milliseconds */
  constructor(tell: (filters: readonly TapFilter[]) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Whether one more may look on. */
  get hasRoom(): boolean {
    return this.#open.size < MOST_TAPS;
  }

  /** Whether somebody looks on for as long as he asks. */
  get isAsked(): boolean {
    return this.#open.size > 0;
  }

  /** What a thread has seen. */
  take(tapped: readonly Tapped[]): void {
    for (const each of tapped) this.#open.get(each.id)?.buffer.put(each.records, each.dropped);
    for (const [{ id }, show] of this.#followed) {
      for (const each of tapped) if (each.id === id) show(each);
    }
  }

  /** Shows what comes for as long as this router runs, whether or not anybody asks. */
  follow(filter: TapFilter, show: (tapped: Tapped) => void): void {
    this.#followed.set(filter, show);
    this.#tellAll();
  }

  /** Begins with the first question. @param after how many records were had */
  ask(filter: TapFilter, after: number): TapAnswer {
    let open = this.#open.get(filter.id);
    if (open === undefined) {
      if (!this.hasRoom) return BUSY;
      open = { filter, buffer: new TapBuffer(MOST_WAITING), askedAt: 0 };
      this.#open.set(filter.id, open);
      this.#tellAll();
    }
    open.askedAt = this.#now();
    return { ...open.buffer.read(after, fittingBus), dropped: open.buffer.dropped, busy: false };
  }

  end(id: string): void {
    if (this.#open.delete(id)) this.#tellAll();
  }

  /** To be called again and again. */
  forget(): void {
    const before = this.#open.size;
    for (const [id, { askedAt }] of this.#open) {
      if (this.#now() - askedAt > FORGOTTEN_MS) this.#open.delete(id);
    }
    if (this.#open.size < before) this.#tellAll();
  }

  #tellAll(): void {
    this.#tell([...this.#followed.keys(), ...Array.from(this.#open.values(), ({ filter }) => filter)]);
  }
}

function fittingBus(records: readonly RequestRecord[]): number {
  return fitting(records.slice(0, MOST_AT_ONCE), MOST_BYTES);
}
