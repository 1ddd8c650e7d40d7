/**
 * What is known of a name before it is asked for. Each of the three has places of its own, so that names of one kind wait
 * for none of another.
 * - answered: the last time it had addresses.
 * - new: nothing is known, or that it did not exist.
 * - unanswered: the last time nobody could tell.
 */
export type Standing = 'answered' | 'new' | 'unanswered';

/** How a look-up ended where it found nothing. `unanswered`: nobody could tell, rather than that there is no such name. */
export interface Failure {
  readonly unanswered: boolean;
}

export interface LookUpLimits {
  /** Look-ups that may be asked for at a time; those that take long do not count. */
  readonly places: Readonly<Record<Standing, number>>;
  /** Milliseconds for which a name that does not exist is not asked for again. */
  readonly absentMs: number;
  /** The same of a name for which nobody could tell. */
  readonly unansweredMs: number;
  /** Names of which anything is remembered, of each kind. */
  readonly remembered: number;
}

/** One under way is `asked`, `overdue` when it has taken so long that it has no place any more; `left`: nobody waits. */
type State = 'queued' | 'asked' | 'overdue' | 'left';

interface LookUp<Waiter> {
  readonly name: string;
  readonly standing: Standing;
  readonly waiters: Set<Waiter>;
  state: State;
}

interface Room<Waiter> {
  /** What has no place yet in the order in which it came, and what has left meanwhile. */
  queue: LookUp<Waiter>[];
  left: number;
  asked: number;
}

interface Remembered<Why> {
  readonly why: Why;
  readonly until: number;
}

/**
 * Which names are asked for, and when: each once for all who wait for it, no more than so many at a time. One that takes
 * long gives up its place, not its waiters: slow names are as many as there are, and hold up nobody. Where more come than
 * have places, the newest is next: the others have been waited for in vain so long that one more hardly matters. Decides alone.
 */
export class LookUps<Waiter, Why extends Failure> {
  readonly #limits: LookUpLimits;
  readonly #now: () => number;
  readonly #begin: (name: string, standing: Standing) => void;
  readonly #lookUps = new Map<string, LookUp<Waiter>>();
  readonly #rooms: Readonly<Record<Standing, Room<Waiter>>> = {
    answered: { queue: [], left: 0, asked: 0 },
    new: { queue: [], left: 0, asked: 0 },
    unanswered: { queue: [], left: 0, asked: 0 },
  };
  /** Both with what was noted last at their ends. */
  readonly #answered = new Set<string>();
  readonly #failed = new Map<string, Remembered<Why>>();

  /**
   * @param now milliseconds
   * @param begin asks for a name; `settle` must follow, later. It may be called in the midst of any method
   */
  constructor(limits: LookUpLimits, now: () => number, begin: (name: string, standing: Standing) => void) {
    this.#limits = limits;
    this.#now = now;
    this.#begin = begin;
  }

  /** `null`: the waiter waits. Otherwise it need not: the name has failed just now. */
  ask(name: string, waiter: Waiter): Why | null {
    const failed = this.#failed.get(name);
    if (failed !== undefined && this.#now() < failed.until) return failed.why;
    const underWay = this.#lookUps.get(name);
    if (underWay !== undefined) {
      underWay.waiters.add(waiter);
      return null;
    }
    const standing = this.#standingOf(name);
    const lookUp: LookUp<Waiter> = { name, standing, waiters: new Set([waiter]), state: 'queued' };
    this.#lookUps.set(name, lookUp);
    this.#rooms[standing].queue.push(lookUp);
    this.#fill(standing);
    return null;
  }

  /** It waits no more. A name for which nobody waits is not asked for; where it has been, what it comes to is noted still. */
  leave(name: string, waiter: Waiter): void {
    const lookUp = this.#lookUps.get(name);
    if (lookUp === undefined) return;
    lookUp.waiters.delete(waiter);
    if (lookUp.waiters.size > 0 || lookUp.state !== 'queued') return;
    this.#lookUps.delete(name);
    lookUp.state = 'left';
    const room = this.#rooms[lookUp.standing];
    if (++room.left <= room.queue.length / 2) return;
    room.queue = room.queue.filter(({ state }) => state === 'queued');
    room.left = 0;
  }

  /** It takes long. Nothing happens where it is not under way any more. */
  overdue(name: string): void {
    const lookUp = this.#lookUps.get(name);
    if (lookUp?.state !== 'asked') return;
    lookUp.state = 'overdue';
    this.#leavePlace(lookUp.standing);
  }

  /** What was asked for has ended. Answers who waited, in their order. @param why null: the name has addresses */
  settle(name: string, why: Why | null): ReadonlySet<Waiter> {
    const lookUp = this.#lookUps.get(name);
    if (lookUp === undefined || lookUp.state === 'queued') throw new Error(`"${name}" was not asked for`);
    this.#lookUps.delete(name);
    if (why === null) this.#noteAnswered(name);
    else this.#noteFailed(name, why);
    if (lookUp.state === 'asked') this.#leavePlace(lookUp.standing);
    return lookUp.waiters;
  }

  #standingOf(name: string): Standing {
    if (this.#failed.get(name)?.why.unanswered === true) return 'unanswered';
    return this.#answered.has(name) ? 'answered' : 'new';
  }

  #leavePlace(standing: Standing): void {
    this.#rooms[standing].asked--;
    this.#fill(standing);
  }

  #fill(standing: Standing): void {
    const room = this.#rooms[standing];
    while (room.asked < this.#limits.places[standing]) {
      const next = room.queue.pop();
      if (next === undefined) return;
      if (next.state === 'left') {
        room.left--;
        continue;
      }
      room.asked++;
      next.state = 'asked';
      this.#begin(next.name, standing);
    }
  }

  #noteAnswered(name: string): void {
    this.#failed.delete(name);
    this.#answered.delete(name);
    this.#answered.add(name);
    if (this.#answered.size > this.#limits.remembered) this.#answered.delete(oldest(this.#answered));
  }

  #noteFailed(name: string, why: Why): void {
    const { unansweredMs, absentMs, remembered } = this.#limits;
    this.#answered.delete(name);
    this.#failed.delete(name);
    this.#failed.set(name, { why, until: this.#now() + (why.unanswered ? unansweredMs : absentMs) });
    if (this.#failed.size > remembered) this.#failed.delete(oldest(this.#failed));
  }
}

function oldest(names: Set<string> | Map<string, unknown>): string {
  const [name] = names.keys();
  return name!;
}
