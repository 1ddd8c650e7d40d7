import type { DecisionEntry } from '../../decisions/decision.ts';

/** Who drives a cutover, as the store has it; it goes up to be seen to go up. */
interface Beat {
  readonly driver: string;
  readonly beat: number;
}

export type LeaseStep =
  /** Another has it, or nothing is to be done yet. */
  | { readonly kind: 'wait' }
  /** This router has it, and need not say so again. */
  | { readonly kind: 'hold' }
  /** This router is to write that, in the place of what has that revision. */
  | {
      readonly kind: 'write';
      readonly value: { readonly driver: string; readonly beat: number };
      readonly expected: number;
    };

/** Milliseconds between two beats. */
const BEAT_MS = 3000;
/** So long without a new beat, and whoever drove is taken to be gone. */
const EXPIRES_MS = 12_000;
const WAIT: LeaseStep = { kind: 'wait' };

/**
 * Which router drives a cutover. Clocks are not compared: every router looks at its own for how long it has seen no new
 * beat, while it could have seen one. `now` is monotonic milliseconds.
 */
export class Lease {
  readonly #id: string;
  #seen: Beat | null = null;
  #revision = 0;
  /** When the last beat was seen, or when this router could see one again. */
  #seenAt: number;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #away = false;

  constructor(id: string, now: number) {
    this.#id = id;
    this.#seenAt = now;
  }

  get isOurs(): boolean {
    return this.#seen?.driver === this.#id;
  }

  /** What the store has of it now. */
  heed({ value, revision }: DecisionEntry, now: number): void {
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#seenAt = now;
    const { driver, beat } = value ?? {};
    this.#seen = typeof driver === 'string' && typeof beat === 'number' ? { driver, beat } : null;
  }

  /** @param reachable whether the store can be seen */
  next(now: number, reachable: boolean): LeaseStep {
    if (!reachable) {
      this.#away = true;
      return WAIT;
    }
    // Nobody could beat, or be seen to.
    if (this.#away) this.#seenAt = now;
    this.#away = false;
    if (this.isOurs && now - this.#writtenAt < BEAT_MS) return { kind: 'hold' };
    if (!this.isOurs && now - this.#seenAt < EXPIRES_MS) return WAIT;
    return this.#write(now);
  }

  /** Without waiting for whoever may have it: for a cutover that this router begins. */
  claim(now: number): LeaseStep {
    return this.#write(now);
  }

  /** What was to be written was not. */
  lost(): void {
    this.#writtenAt = Number.NEGATIVE_INFINITY;
    this.#seen = null;
  }

  #write(now: number): LeaseStep {
    this.#writtenAt = now;
    return {
      kind: 'write',
      value: { driver: this.#id, beat: (this.#seen?.beat ?? 0) + 1 },
      expected: this.#revision,
    };
  }
}
