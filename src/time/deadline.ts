import { contain } from '../boundary/boundary.ts';
import type { Owner } from '../boundary/owner.ts';

/** Something that can run out of time. Armed in one `DeadlineList` at a time, or in none. */
export class Deadline {
  readonly #owner: Owner;
  readonly #expire: () => void;
  /** Places in the list; only `DeadlineList` touches these. */
  previous: Deadline | null = null;
  next: Deadline | null = null;
  list: DeadlineList | null = null;
  dueAt = 0;

  /** `owner`: who is given up when `expire` throws. */
  constructor(owner: Owner, expire: () => void) {
    this.#owner = owner;
    this.#expire = expire;
  }

  get isArmed(): boolean {
    return this.list !== null;
  }

  disarm(): void {
    this.list?.remove(this);
  }

  /** Never throws: whoever is due next is not to be kept waiting. */
  expire(): void {
    contain(this.#owner, this.#expire);
  }
}

/**
 * Deadlines of one duration, soonest first because they were armed in that order: to arm and to disarm costs
 * the same however many there are, and nothing is allocated.
 */
export class DeadlineList {
  #duration: number;
  #first: Deadline | null = null;
  #last: Deadline | null = null;

  constructor(duration: number) {
    this.#duration = duration;
  }

  /** Milliseconds; 0 means never, and arming does nothing. */
  get duration(): number {
    return this.#duration;
  }

  /** For what is armed too, counted from when it was armed. What was not armed because of a 0 stays so. */
  set duration(duration: number) {
    const difference = duration - this.#duration;
    if (difference === 0) return;
    this.#duration = duration;
    for (let deadline = this.#first; deadline !== null; deadline = deadline.next)
      deadline.dueAt += difference;
    while (duration === 0 && this.#first !== null) this.remove(this.#first);
  }

  /** `now` in milliseconds on the clock that `expireDue` is called with. A deadline already armed is moved here. */
  arm(deadline: Deadline, now: number): void {
    deadline.list?.remove(deadline);
    if (this.#duration === 0) return;
    deadline.dueAt = now + this.#duration;
    deadline.list = this;
    deadline.previous = this.#last;
    if (this.#last === null) this.#first = deadline;
    else this.#last.next = deadline;
    this.#last = deadline;
  }

  /** Lets the one that has waited longest run out now; `false` when there is none. */
  expireFirst(): boolean {
    const first = this.#first;
    if (first === null) return false;
    this.remove(first);
    first.expire();
    return true;
  }

  remove(deadline: Deadline): void {
    if (deadline.previous === null) this.#first = deadline.next;
    else deadline.previous.next = deadline.next;
    if (deadline.next === null) this.#last = deadline.previous;
    else deadline.next.previous = deadline.previous;
    deadline.previous = null;
    deadline.next = null;
    deadline.list = null;
  }

  /** Lets at most so many run out; answers how many. */
  expireDue(now: number, most = Number.POSITIVE_INFINITY): number {
    let expired = 0;
    while (expired < most && this.#first !== null && this.#first.dueAt <= now) {
      const deadline = this.#first;
      this.remove(deadline);
      deadline.expire();
      expired++;
    }
    return expired;
  }
}
