import type { RouteMessage } from '../bus/route-message.ts';
import { backendIdentity, type Endpoint } from '../routing/endpoint.ts';
import { packEndpoint, unpackEndpoint } from '../routing/endpoint-record.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import type { RecordStore } from './record-store.ts';
import type { Slots } from './slots.ts';

/**
 * The backends behind the pools: one slot each, kept while any pool has the backend, and one record for all pools
 * that hold the same content.
 */
export class Backends {
  /** By address, linked. */
  readonly #held = new Map<string, HeldEndpoint>();
  readonly #slots: Slots;
  readonly #records: RecordStore;

  constructor(slots: Slots, records: RecordStore) {
    this.#slots = slots;
    this.#records = records;
  }

  /** Distinct addresses. */
  get count(): number {
    return this.#held.size;
  }

  endpoint({ record }: HeldEndpoint): Endpoint {
    return unpackEndpoint(this.#records.read(record));
  }

  /**
   * What the table holds of a message's endpoint, made where there is nothing like it; counts as no use yet. `full`
   * when every slot is taken. The availability zone counts, unlike in gorouter (gorouter.md §10.2).
   */
  find(message: RouteMessage, staleThreshold: number): HeldEndpoint | 'full' {
    const endpoint: Omit<Endpoint, 'slot'> = { ...message, staleThreshold };
    const first = this.#held.get(message.address) ?? null;
    let slot = -1;
    if (first !== null) {
      const identity = backendIdentity(message);
      for (let held: HeldEndpoint | null = first; held !== null; held = held.next) {
        const text = this.#records.read(held.record);
        if (text === packEndpoint(endpoint, held.slot)) return held;
        if (slot < 0 && backendIdentity(unpackEndpoint(text)) === identity) slot = held.slot;
      }
    }
    const takes = slot < 0;
    if (takes) {
      const taken = this.#slots.take();
      if (taken === 'full') return 'full';
      slot = taken;
    }
    const record = this.#records.put(packEndpoint(endpoint, slot));
    if (record === 'full') {
      if (takes) this.#slots.free(slot);
      return 'full';
    }
    const held: HeldEndpoint = {
      record,
      slot,
      address: first === null ? message.address : first.address,
      tls: message.tls,
      staleThreshold,
      uses: 0,
      next: first,
    };
    this.#held.set(held.address, held);
    return held;
  }

  /** One member less that holds it. */
  release(held: HeldEndpoint): void {
    if (--held.uses > 0) return;
    this.#records.free(held.record);
    const first = this.#held.get(held.address)!;
    if (first !== held) before(first, held).next = held.next;
    else if (held.next === null) this.#held.delete(held.address);
    else this.#held.set(held.address, held.next);
    for (let other = this.#held.get(held.address) ?? null; other !== null; other = other.next) {
      if (other.slot === held.slot) return;
    }
    this.#slots.free(held.slot);
  }
}

function before(first: HeldEndpoint, held: HeldEndpoint): HeldEndpoint {
  let at = first;
  while (at.next !== held) at = at.next!;
  return at;
}
