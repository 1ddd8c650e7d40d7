import type { Owner } from '../boundary/owner.ts';
import { Agenda } from './route/agenda.ts';
import type { Clock } from './route/clock.ts';

/** What is due within so many milliseconds is done in one go: a machine's many routes wake the process that often. */
const GRAIN_MS = 50;

/** Does what is noted when it is due, all that is due in one round, until it is stopped. */
export class Rounds<Errand> {
  readonly #clock: Clock;
  readonly #run: (errand: Errand, now: number) => void;
  readonly #agenda = new Agenda<Errand>();
  #state: 'running' | 'stopped' = 'running';
  #callOff: () => void = () => {};
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, run: (errand: Errand, now: number) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** It is done once `arm` has been called after it. */
  note(due: number, errand: Errand): void {
    this.#agenda.note(due, errand);
  }

  /** Sees to it that what is noted is done in time. */
  arm(): void {
    const { soonest } = this.#agenda;
    if (this.#state === 'stopped' || soonest === null || soonest >= this.#wakesAt) return;
    this.#callOff();
    const wait = Math.max(soonest - this.#clock.now(), GRAIN_MS);
    this.#wakesAt = this.#clock.now() + wait;
    // What one errand throws costs that errand; the rest is done in the next round.
    const owner: Owner = { kind: 'round', panic: () => this.arm() };
    this.#callOff = this.#clock.after(wait, owner, () => this.#wake());
  }

  stop(): void {
    this.#state = 'stopped';
    this.#callOff();
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let errand = this.#agenda.take(now); errand !== null; errand = this.#agenda.take(now)) {
      this.#run(errand, now);
    }
    this.arm();
  }
}
