import type { RouteMessage } from '../bus/route-message.ts';
import { backendIdentity, type EndpointFacts } from '../routing/endpoint.ts';
import { packEndpoint, unpackFacts, withSeat } from '../routing/endpoint-record.ts';
import type { Seat } from '../routing/seat.ts';
import { type PlaceOfNames, TagNames } from '../routing/tag-names.ts';
import type { Epochs } from './epochs.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { HeldStates } from './held-states.ts';
import { Limbo } from './limbo.ts';
import type { RecordStore } from './record-store.ts';
import type { Seats } from './seats.ts';
import { TagShapes } from './tag-shapes.ts';

/** What the table holds of a message's endpoint, or would. Nothing has changed until it is held. */
export interface PlannedEndpoint {
  readonly held: HeldEndpoint;
  readonly kind: 'known' | 'new state' | 'new backend';
  /** Of a new one. */
  readonly text: string;
  readonly identity: string;
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
export class Backends {
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
    this.#left = new Limbo(epochs, (seat) => seats.end(seat));
    this.#tagNames = new TagNames(records);
    this.#states = states;
    const shapes = new TagShapes(records);
    this.#placeOfNames = (names) => shapes.placeOf(names);
  }

  /** Different backends in the table. */
  get count(): number {
    return this.#states.backends;
  }

  endpoint({ record }: HeldEndpoint): EndpointFacts {
    return unpackFacts(this.#records.read(record), this.#tagNames);
  }

  /**
   * What the table has, or will have, of a message's endpoint: `hold` or `discard` must follow. `full` when no seat, or
   * no memory, is left. The availability zone counts, unlike in gorouter (docs/compatibility.md §10.2).
   */
  plan(message: RouteMessage, staleThreshold: number): PlannedEndpoint | 'full' {
    const facts: EndpointFacts = { ...message, staleThreshold };
    const text = packEndpoint(facts, this.#placeOfNames);
    const known = this.#states.find(text, this.#isText);
    if (known !== null) return { held: known, kind: 'known', text, identity: '' };
    const identity = backendIdentity(message);
    const sibling = this.#states.findBackend(identity, (held) => backendIdentity(this.endpoint(held)));
    const seat = sibling === null ? this.#take() : sibling.seat;
    if (seat === 'full') return 'full';
    const record = this.#records.put(withSeat(text, seat));
    if (record === 'full') {
      if (sibling === null) this.#seats.giveBack(seat);
      return 'full';
    }
    const held = {
      record,
      seat,
      address: sibling?.address ?? message.address,
      tls: message.tls,
      staleThreshold,
      hasTerms: message.routePolicy !== null || message.routeServiceUrl !== '',
      uses: 0,
      place: -1,
      next: null,
      previous: null,
    };
    return { held, kind: sibling === null ? 'new backend' : 'new state', text, identity };
  }

  /** From here on it is in the table, to be put into pools. */
  hold({ held, kind, text, identity }: PlannedEndpoint): HeldEndpoint {
    if (kind !== 'known') this.#states.add(held, text, identity);
    return held;
  }

  /** It is put into no pool. */
  discard({ held, kind }: PlannedEndpoint): void {
    if (kind === 'known') return;
    this.#records.giveBack(held.record);
    if (kind === 'new backend') this.#seats.giveBack(held.seat);
  }

  /** One member less that holds it. */
  release(held: HeldEndpoint): void {
    if (--held.uses > 0) return;
    const text = this.#records.read(held.record);
    const identity = backendIdentity(unpackFacts(text, this.#tagNames));
    this.#records.free(held.record);
    if (this.#states.remove(held, text, identity)) this.#left.add(held.seat);
  }

  readonly #isText = ({ record, seat }: HeldEndpoint, text: string): boolean =>
    this.#records.read(record) === withSeat(text, seat);

  #take(): Seat | 'full' {
    const seat = this.#seats.take();
    if (seat !== 'full') return seat;
    this.#epochs.sweep();
    return this.#seats.take();
  }
}
