import type { AnnouncedTimes } from '../../bus/registration.ts';

/** What platform agents use when no router answers. Seconds. */
const DEFAULT_INTERVAL = 20;
/** `droplet_stale_threshold` of a router that does not say otherwise. Seconds. */
const DEFAULT_FORGETS = 120;

/** How often routers want to hear of a route. Seconds. */
export class Pace {
  #wanted = DEFAULT_INTERVAL;
  #forgets = DEFAULT_FORGETS;

  /** After so long a router forgets a route. */
  get forgets(): number {
    return this.#forgets;
  }

  /** Of the first router that has answered: also what is longer than is taken for granted. */
  adopt({ interval, forgets }: AnnouncedTimes): void {
    this.#wanted = interval ?? this.#wanted;
    this.#forgets = forgets ?? this.#forgets;
  }

  /** Of another: the shortest times count. Answers whether anything has become shorter. */
  hear({ interval, forgets }: AnnouncedTimes): boolean {
    const wanted = Math.min(this.#wanted, interval ?? this.#wanted);
    const soonest = Math.min(this.#forgets, forgets ?? this.#forgets);
    const shorter = wanted < this.#wanted || soonest < this.#forgets;
    this.#wanted = wanted;
    this.#forgets = soonest;
    return shorter;
  }

  /** What a route asks for; null: it leaves that to the routers. */
  asked(own: number | null): number {
    return own ?? this.#wanted;
  }

  /** The same as it is kept to: one heartbeat may be lost and the route still lives. */
  of(own: number | null): number {
    const asked = this.asked(own);
    return Math.min(asked, Math.max(this.#forgets / 2, 1));
  }
}
