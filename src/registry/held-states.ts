import { withoutSeat } from '../routing/endpoint-record.ts';
import { RouteHash } from '../routing/route-hash.ts';
import { RowHashes } from '../routing/row-hashes.ts';
import { slotOf } from '../routing/seat.ts';
import type { HeldEndpoint } from './held-endpoint.ts';

/**
 * All states of all backends, found by what they say, and all backends, found by their identities: each in as much time
 * as it takes to read that, however many are at one address or one backend has. Hashes have a key of their own, since
 * whoever registers chooses what is hashed.
 */
export class HeldStates {
  /** By their places. */
  readonly #states: (HeldEndpoint | null)[] = [];
  readonly #freePlaces: number[] = [];
  readonly #byText = new RowHashes();
  /** Any state of each backend, by its slot: no two backends here have the same. */
  readonly #bySlot: (HeldEndpoint | null)[] = [];
  readonly #byIdentity = new RowHashes();
  readonly #hash = new RouteHash();
  #bytes = Buffer.alloc(1024);
  #backends = 0;

  get backends(): number {
    return this.#backends;
  }

  /**
   * @param text see `packEndpoint`
   * @param isText whether that is what the state says, its seat left out
   */
  find(text: string, isText: (held: HeldEndpoint, text: string) => boolean): HeldEndpoint | null {
    const hashes = this.#byText;
    const hash = this.#hashOf(text);
    for (let cell = hashes.first(hash); ; cell = hashes.after(cell)) {
      const reference = hashes.referenceAt(cell);
      if (reference === 0) return null;
      if (hashes.hashAt(cell) !== hash) continue;
      const held = this.#states[reference - 1]!;
      if (isText(held, text)) return held;
    }
  }

  /** Any state of the backend. */
  findBackend(identity: string, identityOf: (held: HeldEndpoint) => string): HeldEndpoint | null {
    const hashes = this.#byIdentity;
    const hash = this.#hashOf(identity);
    for (let cell = hashes.first(hash); ; cell = hashes.after(cell)) {
      const reference = hashes.referenceAt(cell);
      if (reference === 0) return null;
      if (hashes.hashAt(cell) !== hash) continue;
      const held = this.#bySlot[reference - 1]!;
      if (identityOf(held) === identity) return held;
    }
  }

  add(held: HeldEndpoint, text: string, identity: string): void {
    held.place = this.#freePlaces.pop() ?? this.#states.push(null) - 1;
    this.#states[held.place] = held;
    this.#byText.addRow(this.#hashOf(text), held.place);
    const slot = slotOf(held.seat);
    // No holes: what an array does not have is looked for in its prototypes, too.
    while (this.#bySlot.length <= slot) this.#bySlot.push(null);
    const sibling = this.#bySlot[slot]!;
    if (sibling === null) {
      this.#bySlot[slot] = held;
      this.#byIdentity.addRow(this.#hashOf(identity), slot);
      this.#backends++;
      return;
    }
    held.next = sibling.next;
    held.previous = sibling;
    if (sibling.next !== null) sibling.next.previous = held;
    sibling.next = held;
  }

  /** @param text with its seat. Answers whether it was its backend's last state. */
  remove(held: HeldEndpoint, text: string, identity: string): boolean {
    this.#byText.removeRow(this.#hashOf(withoutSeat(text)), held.place);
    this.#states[held.place] = null;
    this.#freePlaces.push(held.place);
    const { next, previous } = held;
    if (previous !== null) previous.next = next;
    if (next !== null) next.previous = previous;
    held.next = null;
    held.previous = null;
    if (previous !== null) return false;
    const slot = slotOf(held.seat);
    this.#bySlot[slot] = next;
    if (next !== null) return false;
    this.#byIdentity.removeRow(this.#hashOf(identity), slot);
    this.#backends--;
    return true;
  }

  #hashOf(text: string): number {
    // A character has three bytes at most.
    if (this.#bytes.length < 3 * text.length) this.#bytes = Buffer.alloc(6 * text.length);
    return this.#hash.of(this.#bytes, 0, this.#bytes.write(text), 0);
  }
}
