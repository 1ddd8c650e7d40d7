import type { Announcement } from './route/announcement.ts';

/** Where announcements of one kind go. Nothing here throws or waits, but for `settle`. */
export interface Channel<Said extends Announcement = Announcement> {
  /** `away`: what is said now would not be heard. */
  readonly state: 'ready' | 'away';
  /** @param interval milliseconds until it is said again */
  register(announcement: Said, interval: number): void;
  unregister(announcement: Said, interval: number): void;
  /** Resolves when all that was said has been heard; false: it has not, or nobody knows. */
  settle(): Promise<boolean>;
}

/** Null: there is none, and routes of its kind stay unsaid. */
export interface Channels {
  readonly bus: Channel<Extract<Announcement, { kind: 'bus' }>> | null;
  readonly 'routing-api': Channel<Extract<Announcement, { kind: 'routing-api' }>> | null;
}
