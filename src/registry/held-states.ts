import { backendIdentity, type EndpointFacts, identityText } from '../routing/endpoint.ts';
import { RouteHash } from '../routing/route-hash.ts';
import { RowHashes } from '../routing/row-hashes.ts';
import { slotOf } from '../routing/seat.ts';
import type { HeldEndpoint } from './held-endpoint.ts';

/** What states say, where it is written. */
export interface StateTexts {
  /** See `packEndpoint`: without its seat. */
  textOf(held: HeldEndpoint): string;
  factsOf(held: HeldEndpoint): EndpointFacts;
}

/** What is known of a backend by one of its states. */
export interface FoundBackend {
  /** The state that says just what was looked for. */
  readonly same: HeldEndpoint | null;
  /** Any state of the backend. */
  readonly any: HeldEndpoint | null;
  /** Of the backend's identity. */
  readonly hash: number;
}

/**
 * All states of all backends, found by the backends' identities and then by what they say: in as much time as it takes
 * to read that, however many backends are at one address and however many states one of them has. Hashes have a key of
 * their own, since whoever registers chooses what is hashed.
 */
export class HeldStates {
  /** One state of each backend, by its slot: no two backends here have the same. */
  readonly #bySlot: (HeldEndpoint | null)[] = [];
  readonly #byIdentity = new RowHashes();
  /** Of backends that have, or had, several; nearly all have one. */
  readonly #states: (HeldEndpoint | null)[] = [];
  readonly #freePlaces: number[] = [];
  readonly #byText = new RowHashes();
  readonly #hash = new RouteHash();
  #bytes = Buffer.alloc(1024);
  #backends = 0;

  get backends(): number {
    return this.#backends;
  }

  /** @param text what `packEndpoint` makes of the facts */
  find(facts: EndpointFacts, text: string, texts: StateTexts): FoundBackend {
    const hashes = this.#byIdentity;
    const hash = this.#hashOf(identityText(facts));
    for (let cell = hashes.first(hash); ; cell = hashes.after(cell)) {
      const reference = hashes.referenceAt(cell);
      if (reference === 0) return { same: null, any: null, hash };
      if (hashes.hashAt(cell) !== hash) continue;
      const held = this.#bySlot[reference - 1]!;
      if (texts.textOf(held) === text) return { same: held, any: held, hash };
      if (backendIdentity(texts.factsOf(held)) !== backendIdentity(facts)) continue;
      return { same: held.next === null ? null : this.#findText(text, texts), any: held, hash };
    }
  }

  /** @param found what was found of its backend */
  add(held: HeldEndpoint, text: string, { any, hash }: FoundBackend, texts: StateTexts): void {
    if (any === null) {
      const slot = slotOf(held.seat);
      // No holes: what an array does not have is looked for in its prototypes, too.
      while (this.#bySlot.length <= slot) this.#bySlot.push(null);
      this.#bySlot[slot] = held;
      this.#byIdentity.addRow(hash, slot);
      this.#backends++;
      return;
    }
    if (any.place < 0) this.#index(any, texts.textOf(any));
    this.#index(held, text);
    held.next = any.next;
    held.previous = any;
    if (any.next !== null) any.next.previous = held;
    any.next = held;
  }

  /** Answers whether it was its backend's last state. */
  remove(held: HeldEndpoint, texts: StateTexts): boolean {
    if (held.place >= 0) {
      this.#byText.removeRow(this.#hashOf(texts.textOf(held)), held.place);
      this.#states[held.place] = null;
      this.#freePlaces.push(held.place);
    }
    const { next, previous } = held;
    if (previous !== null) previous.next = next;
    if (next !== null) next.previous = previous;
    held.next = null;
    held.previous = null;
    if (previous !== null) return false;
    const slot = slotOf(held.seat);
    this.#bySlot[slot] = next;
    if (next !== null) return false;
    this.#byIdentity.removeRow(this.#hashOf(identityText(texts.factsOf(held))), slot);
    this.#backends--;
    return true;
  }

  #findText(text: string, texts: StateTexts): HeldEndpoint | null {
    const hashes = this.#byText;
    const hash = this.#hashOf(text);
    for (let cell = hashes.first(hash); ; cell = hashes.after(cell)) {
      const reference = hashes.referenceAt(cell);
      if (reference === 0) return null;
      if (hashes.hashAt(cell) !== hash) continue;
      const held = this.#states[reference - 1]!;
      if (texts.textOf(held) === text) return held;
    }
  }

  #index(held: HeldEndpoint, text: string): void {
    held.place = this.#freePlaces.pop() ?? this.#states.push(null) - 1;
    this.#states[held.place] = held;
    this.#byText.addRow(this.#hashOf(text), held.place);
  }

  #hashOf(text: string): number {
    // A character has three bytes at most.
    if (this.#bytes.length < 3 * text.length) this.#bytes = Buffer.alloc(6 * text.length);
    return this.#hash.of(this.#bytes, 0, this.#bytes.write(text), 0);
  }
}
