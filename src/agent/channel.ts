import type { Announcement } from './route/announcement.ts';

/** `waiting`: it is being said. `failed`: it was said, and not taken. `away`: there is nobody to say it to. */
export type Hearing = 'heard' | 'waiting' | 'failed' | 'away';

/** Where announcements of one kind go. Nothing here throws or waits, but for `settle`. */
export interface Channel<Said extends Announcement = Announcement> {
  /** `away`: what is said now would not be heard. */
  readonly state: 'ready' | 'away';
  /** @param interval milliseconds until it is said again */
  register(announcement: Said, interval: number): void;
  unregister(announcement: Said, interval: number): void;
  /** What has become of what was said last of this. */
  hearing(announcement: Said): Hearing;
  /** Milliseconds after which a route is forgotten that is not announced again; null: that is for routers to say. */
  life(interval: number): number | null;
  /** Resolves when all that was said has been heard; false: it has not, or nobody knows. */
  settle(): Promise<boolean>;
}

/** Null: there is none, and routes of its kind stay unsaid. */
export interface Channels {
  readonly bus: Channel<Extract<Announcement, { kind: 'bus' }>> | null;
  readonly 'routing-api': Channel<Extract<Announcement, { kind: 'routing-api' }>> | null;
}
