import type { Clock } from '../../src/agent/route/clock.ts';
import type { Owner } from '../../src/boundary/owner.ts';

interface Alarm {
  readonly due: number;
  readonly turn: number;
  readonly step: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0;
  #turn = 0;
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, _owner: Owner, step: () => void): () => void {
    const alarm = { due: this.#now + milliseconds, turn: this.#turn++, step };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Lets so many milliseconds pass, and all that is due in them happen. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [first] = [...this.#alarms]
        .filter(({ due }) => due <= end)
        .toSorted((a, b) => a.due - b.due || a.turn - b.turn);
      if (first === undefined) break;
      this.#alarms.delete(first);
      this.#now = Math.max(this.#now, first.due);
      first.step();
    }
    this.#now = end;
  }

  /** The same in steps, after each of which what was promised meanwhile is kept. */
  async passSlowly(milliseconds: number, step: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) {
      this.pass(Math.min(step, left));
      await new Promise(setImmediate);
    }
  }
}
