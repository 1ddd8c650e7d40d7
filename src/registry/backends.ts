import type { RouteMessage } from '../bus/route-message.ts';
import { backendIdentity, type EndpointFacts } from '../routing/endpoint.ts';
import { packEndpoint, unpackFacts } from '../routing/endpoint-record.ts';
import { NO_SEAT, type Seat } from '../routing/seat.ts';
import { type PlaceOfNames, TagNames } from '../routing/tag-names.ts';
import type { Epochs } from './epochs.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { Limbo } from './limbo.ts';
import type { RecordStore } from './record-store.ts';
import type { Seats } from './seats.ts';
import { TagShapes } from './tag-shapes.ts';

/** States of backends at one address, beyond which to look through all of them would take its time. */
const CROWD = 16;

/**
 * The backends behind the pools: one slot each, kept while any pool has the backend, and one record for all pools
 * that hold the same content.
 */
export class Backends {
  /** By address, linked. */
  readonly #held = new Map<string, HeldEndpoint>();
  /** At addresses of very many, `#held` has just any of them, and here they are by their backends' identities, linked. */
  readonly #crowds = new Map<string, Map<string, HeldEndpoint>>();
  readonly #seats: Seats;
  readonly #epochs: Epochs;
  /** Of backends that have left the table. */
  readonly #left: Limbo<Seat>;
  readonly #records: RecordStore;
  readonly #tagNames: TagNames;
  readonly #placeOfNames: PlaceOfNames;

  constructor(seats: Seats, records: RecordStore, epochs: Epochs) {
    this.#seats = seats;
    this.#epochs = epochs;
    this.#left = new Limbo(epochs, (seat) => seats.end(seat));
    this.#records = records;
    this.#tagNames = new TagNames(records);
    const shapes = new TagShapes(records);
    this.#placeOfNames = (names) => shapes.placeOf(names);
  }

  /** Distinct addresses. */
  get count(): number {
    return this.#held.size;
  }

  endpoint({ record }: HeldEndpoint): EndpointFacts {
    return unpackFacts(this.#records.read(record), this.#tagNames);
  }

  /**
   * What the table holds of a message's endpoint, made where there is nothing like it; counts as no use yet. `full`
   * when every slot is taken. The availability zone counts, unlike in gorouter (gorouter.md §10.2).
   */
  find(message: RouteMessage, staleThreshold: number): HeldEndpoint | 'full' {
    const endpoint: EndpointFacts = { ...message, staleThreshold };
    const known = this.#held.get(message.address);
    const identity = known === undefined ? '' : backendIdentity(message);
    const first = known === undefined ? null : this.#firstOf(known, identity);
    let seat: Seat = NO_SEAT;
    let others = 0;
    for (let held = first; held !== null; held = held.next) {
      const text = this.#records.read(held.record);
      if (text === packEndpoint(endpoint, held.seat, this.#placeOfNames)) return held;
      if (seat === NO_SEAT && backendIdentity(unpackFacts(text, this.#tagNames)) === identity)
        seat = held.seat;
      others++;
    }
    const takes = seat === NO_SEAT;
    if (takes) {
      const taken = this.#take();
      if (taken === 'full') return 'full';
      seat = taken;
    }
    const record = this.#records.put(packEndpoint(endpoint, seat, this.#placeOfNames));
    if (record === 'full') {
      if (takes) this.#seats.giveBack(seat);
      return 'full';
    }
    const address = known === undefined ? message.address : known.address;
    const { tls } = message;
    const held: HeldEndpoint = { record, seat, address, tls, staleThreshold, uses: 0, next: first };
    this.#setFirst(address, identity, held);
    if (others === CROWD) this.#disperse(held);
    return held;
  }

  #take(): Seat | 'full' {
    const seat = this.#seats.take();
    if (seat !== 'full') return seat;
    this.#epochs.sweep();
    return this.#seats.take();
  }

  /** One member less that holds it. */
  release(held: HeldEndpoint): void {
    held.uses--;
    this.dropUnused(held);
  }

  dropUnused(held: HeldEndpoint): void {
    if (held.uses > 0) return;
    const { address } = held;
    const identity = this.#crowds.has(address) ? backendIdentity(this.endpoint(held)) : '';
    this.#records.free(held.record);
    const first = this.#firstOf(this.#held.get(address)!, identity)!;
    if (first === held) this.#setFirst(address, identity, held.next);
    else before(first, held).next = held.next;
    for (let other = first === held ? held.next : first; other !== null; other = other.next) {
      if (other.seat === held.seat) return;
    }
    this.#left.add(held.seat);
  }

  #firstOf(known: HeldEndpoint, identity: string): HeldEndpoint | null {
    const crowd = this.#crowds.get(known.address);
    return crowd === undefined ? known : (crowd.get(identity) ?? null);
  }

  #setFirst(address: string, identity: string, first: HeldEndpoint | null): void {
    const crowd = this.#crowds.get(address);
    if (crowd === undefined) {
      if (first === null) this.#held.delete(address);
      else this.#held.set(address, first);
      return;
    }
    if (first === null) crowd.delete(identity);
    else crowd.set(identity, first);
    if (crowd.size > 0) return;
    this.#crowds.delete(address);
    this.#held.delete(address);
  }

  /** So many are at one address that they are told apart by their identities first. */
  #disperse(first: HeldEndpoint): void {
    const crowd = new Map<string, HeldEndpoint>();
    for (let held: HeldEndpoint | null = first; held !== null; ) {
      const { next }: HeldEndpoint = held;
      const identity = backendIdentity(this.endpoint(held));
      held.next = crowd.get(identity) ?? null;
      crowd.set(identity, held);
      held = next;
    }
    this.#crowds.set(first.address, crowd);
  }
}

function before(first: HeldEndpoint, held: HeldEndpoint): HeldEndpoint {
  let at = first;
  while (at.next !== held) at = at.next!;
  return at;
}
