import type { HeldRoute } from './held-route.ts';
import { type Announcement, announcedAs, type BusAnnouncement } from './route/announcement.ts';
import { uncovered } from './route/coverage.ts';

/** Whoever is away may be away for long. */
const MOST_OWED = 10_000;

/** All routes of an engine, by their sources and by where they lead, and what is still to be taken back of former ones. */
export class HeldRoutes {
  readonly #bySource = new Map<string, ReadonlyMap<string, HeldRoute>>();
  readonly #byAddress = new Map<string, Set<HeldRoute>>();
  /** Unregistrations that nobody could hear. */
  readonly #owed = new Map<string, Announcement>();

  *[Symbol.iterator](): IterableIterator<HeldRoute> {
    for (const routes of this.#bySource.values()) yield* routes.values();
  }

  get size(): number {
    return [...this.#bySource.values()].reduce((sum, routes) => sum + routes.size, 0);
  }

  of(source: string): ReadonlyMap<string, HeldRoute> {
    return this.#bySource.get(source) ?? new Map();
  }

  /** @returns those that are there no more */
  replace(source: string, next: ReadonlyMap<string, HeldRoute>): HeldRoute[] {
    const former = this.of(source);
    this.#bySource.set(source, next);
    for (const held of next.values()) if (former.get(held.key) !== held) this.#index(held);
    const gone = [...former.values()].filter((held) => next.get(held.key) !== held);
    for (const held of gone) this.#unindex(held);
    return gone;
  }

  /** What of a route may be taken back: not what others announce, or may soon, at the same address. Null: nothing. */
  withdrawable({ route, key }: HeldRoute): Announcement | null {
    const { announcement } = route;
    const others = [...(this.#byAddress.get(announcement.address) ?? [])]
      .filter((other) => other.key !== key && other.phase !== 'withdrawn')
      .map((other) => other.route.announcement);
    return uncovered(announcement, others);
  }

  owe(announcement: Announcement): void {
    if (this.#owed.size < MOST_OWED) this.#owed.set(announcedAs(announcement), announcement);
  }

  /** What nobody has heard yet, of those on the bus. */
  get owed(): BusAnnouncement[] {
    return [...this.#owed.values()].filter((each) => each.kind === 'bus');
  }

  /** What is owed by channels of this kind, and is not any more. */
  takeOwed(kind: Announcement['kind']): Announcement[] {
    const taken: Announcement[] = [];
    for (const [name, owed] of this.#owed) {
      if (owed.kind !== kind) continue;
      this.#owed.delete(name);
      const others = [...(this.#byAddress.get(owed.address) ?? [])]
        .filter((other) => other.phase !== 'withdrawn')
        .map((other) => other.route.announcement);
      const left = uncovered(owed, others);
      if (left !== null) taken.push(left);
    }
    return taken;
  }

  #index(held: HeldRoute): void {
    const { address } = held.route.announcement;
    const there = this.#byAddress.get(address);
    if (there === undefined) this.#byAddress.set(address, new Set([held]));
    else there.add(held);
  }

  #unindex(held: HeldRoute): void {
    const { address } = held.route.announcement;
    const there = this.#byAddress.get(address);
    there?.delete(held);
    if (there?.size === 0) this.#byAddress.delete(address);
  }
}
