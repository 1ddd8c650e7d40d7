import { type Legacy, NOTHING_LEFT } from './legacy.ts';
import { type AgentRoute, knownAs } from './route/agent-route.ts';
import { type Announcement, announcedAs, type BusAnnouncement } from './route/announcement.ts';

/** What another agent has left, until it is known what of it is wanted still. */
export class Inheritance {
  #left: Legacy = NOTHING_LEFT;
  readonly #announced = new Set<string>();
  /** Of routes that have not come yet. */
  readonly #drained = new Set<string>();

  receive(left: Legacy): void {
    this.#left = left;
    for (const each of left.announced) this.#announced.add(announcedAs(each));
    for (const each of left.drained) this.#drained.add(each);
  }

  /** What has to be left to the next agent as it is, since nobody has looked at it yet. */
  get unsettled(): Legacy {
    return { ...this.#left, drained: this.#left.drained.filter((each) => this.#drained.has(each)) };
  }

  /** Runs that were about to stop. */
  get stopping(): ReadonlySet<string> {
    return new Set(this.#left.stopping);
  }

  /** Whether routers have it already: its application is no new one. */
  has(announcement: Announcement): boolean {
    return this.#announced.has(announcedAs(announcement));
  }

  /** Whether a command that another agent has had drains it when it first comes. */
  isDrained(route: AgentRoute): boolean {
    return this.#drained.has(knownAs(route));
  }

  /** Who has its name later is another. */
  came(route: AgentRoute): void {
    this.#drained.delete(knownAs(route));
  }

  /** All that was announced, once. */
  settle(): readonly BusAnnouncement[] {
    const { announced } = this.#left;
    this.#left = NOTHING_LEFT;
    this.#announced.clear();
    return announced;
  }
}
