import { hash } from 'node:crypto';
import type { Heartbeat, Member } from './members.ts';

/**
 * Messages by their SHA-256, so that a heartbeat, which is nearly every message there is, need not be decoded. As
 * soon as one of a message's members goes, changes, or is refreshed by another message, it is forgotten.
 */
export class Heartbeats {
  readonly #known = new Map<string, Heartbeat>();

  get size(): number {
    return this.#known.size;
  }

  static digest(payload: Uint8Array): string {
    return hash('sha256', payload, 'binary');
  }

  find(digest: string): Heartbeat | undefined {
    return this.#known.get(digest);
  }

  /** `members`: those that a message has just refreshed, added or changed, all that it names. */
  remember(digest: string, members: readonly Member[], component: string): void {
    for (const { heartbeat } of members) if (heartbeat !== null) this.forget(heartbeat);
    // As a copy: an array that was pushed to has room for sixteen more, and there are as many as instances.
    const heartbeat = { digest, members: members.slice(), component };
    for (const member of members) member.heartbeat = heartbeat;
    this.#known.set(digest, heartbeat);
  }

  forget({ digest, members }: Heartbeat): void {
    this.#known.delete(digest);
    for (const member of members) member.heartbeat = null;
  }
}
