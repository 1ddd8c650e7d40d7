import type { RouteMessage } from '../bus/route-message.ts';
import type { EndpointFacts } from '../routing/endpoint.ts';
import { namesPlaceIn, packEndpoint, unpackFacts, withoutSeat } from '../routing/endpoint-record.ts';
import type { Seat } from '../routing/seat.ts';
import { type PlaceOfNames, TagNames } from '../routing/tag-names.ts';
import type { Epochs } from './epochs.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { type FoundBackend, HeldStates, type StateTexts } from './held-states.ts';
import { Limbo } from './limbo.ts';
import type { PackedEndpoint } from './packed-registration.ts';
import { saysNothing } from './pool-terms.ts';
import type { RecordStore } from './record-store.ts';
import type { Seats } from './seats.ts';
import { TagShapes } from './tag-shapes.ts';

/** What the table holds of a message's endpoint, or would. Nothing has changed until it is held. */
export interface PlannedEndpoint {
  readonly held: HeldEndpoint;
  /** `null`: the table has it already. */
  readonly isNew: { readonly text: string; readonly found: FoundBackend } | null;
}

/** Where what all threads are to know of backends is written. */
export interface BackendsMemory {
  readonly seats: Seats;
  readonly records: RecordStore;
  readonly epochs: Epochs;
  /** Default: empty ones. */
  readonly states?: HeldStates;
}

/**
 * The backends behind the pools: one seat each, kept while any pool has the backend, and one record for all pools
 * that hold the same content.
 */
export class Backends implements StateTexts {
  readonly #states: HeldStates;
  readonly #seats: Seats;
  readonly #records: RecordStore;
  readonly #epochs: Epochs;
  /** Of backends that have left the table. */
  readonly #left: Limbo<Seat>;
  readonly #tagNames: TagNames;
  readonly #placeOfNames: PlaceOfNames;

  constructor({ seats, records, epochs, states = new HeldStates() }: BackendsMemory) {
    this.#seats = seats;
    this.#records = records;
    this.#epochs = epochs;
    this.#states = states;
    this.#left = new Limbo(epochs, (seat) => seats.end(seat));
    this.#tagNames = new TagNames(records);
    const shapes = new TagShapes(records);
    this.#placeOfNames = (names) => shapes.placeOf(names);
  }

  /** Different backends in the table. */
  get count(): number {
    return this.#states.backends;
  }

  textOf({ record }: HeldEndpoint): string {
    return withoutSeat(this.#records.read(record));
  }

  /** Null: it has more than `mostBytes`. */
  packedOf(held: HeldEndpoint, mostBytes: number): PackedEndpoint | null {
    if (this.#records.reader.lengthOf(held.record) > mostBytes) return null;
    const text = this.textOf(held);
    const place = namesPlaceIn(text);
    return { text, names: place === null ? null : this.#tagNames.textAt(place) };
  }

  factsOf({ record }: HeldEndpoint): EndpointFacts {
    return unpackFacts(this.#records.read(record), this.#tagNames);
  }

  /**
   * What the table has, or will have, of a message's endpoint: `hold` or `discard` must follow. `full` when no seat, or
   * no memory, is left. The availability zone counts, unlike in gorouter (docs/compatibility.md §1.5).
   */
  plan(message: RouteMessage, staleThreshold: number): PlannedEndpoint | 'full' {
    const facts: EndpointFacts = { ...message, staleThreshold };
    const text = packEndpoint(facts, this.#placeOfNames);
    const found = this.#states.find(facts, text, this);
    if (found.same !== null) return { held: found.same, isNew: null };
    const { any: sibling } = found;
    const seat = sibling === null ? this.#take() : sibling.seat;
    if (seat === 'full') return 'full';
    const record = this.#records.put(text, String(seat));
    if (record === 'full') {
      if (sibling === null) this.#seats.giveBack(seat);
      return 'full';
    }
    const held = {
      record,
      seat,
      address: sibling?.address ?? message.address,
      tls: tlsOf(message),
      staleThreshold,
      hasTerms: !saysNothing(message),
      uses: 0,
      place: -1,
      next: null,
      previous: null,
    };
    return { held, isNew: { text, found } };
  }

  /** From here on it is in the table, to be put into pools. */
  hold({ held, isNew }: PlannedEndpoint): HeldEndpoint {
    if (isNew !== null) this.#states.add(held, isNew.text, isNew.found, this);
    return held;
  }

  /** It is put into no pool. */
  discard({ held, isNew }: PlannedEndpoint): void {
    if (isNew === null) return;
    this.#records.giveBack(held.record);
    if (isNew.found.any === null) this.#seats.giveBack(held.seat);
  }

  /** One member less that holds it. */
  release(held: HeldEndpoint): void {
    if (--held.uses > 0) return;
    const wasLast = this.#states.remove(held, this);
    this.#records.free(held.record);
    if (wasLast) this.#left.add(held.seat);
  }

  #take(): Seat | 'full' {
    const seat = this.#seats.take();
    if (seat !== 'full') return seat;
    this.#epochs.sweep();
    return this.#seats.take();
  }
}

function tlsOf({ tls, serverCertDomainSan }: RouteMessage): HeldEndpoint['tls'] {
  if (!tls) return 'none';
  return serverCertDomainSan === '' ? 'unnamed' : 'verified';
}
