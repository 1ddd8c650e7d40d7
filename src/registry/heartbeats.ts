import { hash } from 'node:crypto';
import type { Heartbeat, Member } from './members.ts';

/**
 * Messages by their SHA-256, so that a heartbeat, which is nearly every message there is, need not be decoded. As
 * soon as one of a message's members goes, changes, or is refreshed by another message, it is forgotten.
 */
export class Heartbeats {
  /**
   * By thirty bits of the digest. By all of it, which is text, V8 looked in its table of texts first, where those of a hundred
   * thousand routes lie: that took longer than all the rest of a heartbeat. Of two with the same bits the later one is known.
   */
  readonly #known = new Map<number, Heartbeat>();

  get size(): number {
    return this.#known.size;
  }

  static digest(payload: Uint8Array): string {
    return hash('sha256', payload, 'binary');
  }

  find(digest: string): Heartbeat | undefined {
    const heartbeat = this.#known.get(placeOf(digest));
    return heartbeat?.digest === digest ? heartbeat : undefined;
  }

  /** `members`: those that a message has just refreshed, added or changed, all that it names. */
  remember(digest: string, members: readonly Member[], component: string): void {
    for (const { heartbeat } of members) if (heartbeat !== null) this.forget(heartbeat);
    // As a copy: an array that was pushed to has room for sixteen more, and there are as many as instances.
    const heartbeat = { digest, members: members.slice(), component };
    const place = placeOf(digest);
    const other = this.#known.get(place);
    if (other !== undefined) this.forget(other);
    for (const member of members) member.heartbeat = heartbeat;
    this.#known.set(place, heartbeat);
  }

  /** One that is known. */
  forget({ digest, members }: Heartbeat): void {
    this.#known.delete(placeOf(digest));
    for (const member of members) member.heartbeat = null;
  }
}

/** Of a number that V8 keeps without an object. */
function placeOf(digest: string): number {
  const low = digest.charCodeAt(0) | (digest.charCodeAt(1) << 8) | (digest.charCodeAt(2) << 16);
  return low | ((digest.charCodeAt(3) & 0x3f) << 24);
}
