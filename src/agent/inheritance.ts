import { type Announcement, announcedAs, type BusAnnouncement } from './route/announcement.ts';

/** What another agent has announced, until it is known what of it is wanted still. */
export class Inheritance {
  #announced: readonly BusAnnouncement[] = [];
  readonly #known = new Set<string>();

  receive(announced: readonly BusAnnouncement[]): void {
    this.#announced = announced;
    for (const each of announced) this.#known.add(announcedAs(each));
  }

  /** As long as it is not settled. */
  get announced(): readonly BusAnnouncement[] {
    return this.#announced;
  }

  /** Whether routers have it already: its application is no new one. */
  has(announcement: Announcement): boolean {
    return this.#known.has(announcedAs(announcement));
  }

  /** All of it, once. */
  settle(): readonly BusAnnouncement[] {
    const announced = this.#announced;
    this.#announced = [];
    this.#known.clear();
    return announced;
  }
}
