import { Epochs } from '../src/registry/epochs.ts';
import { RecordStore } from '../src/registry/record-store.ts';
import { Seats } from '../src/registry/seats.ts';
import { EndpointMemory } from '../src/routing/endpoint-memory.ts';
import { allocateRecords, type RecordBuffers } from '../src/routing/record-memory.ts';
import type { Fault } from './fault.ts';

/** Little, so that whatever can be handed out again soon is; in some histories there is often none left. */
const SLOTS = [96, 96, 60];
const RECORD_BYTES = [256, 256, 36].map((kilobytes) => kilobytes * 1024);

/** What the threads of the simulation share. */
export interface Memory {
  readonly buffers: RecordBuffers;
  readonly endpoints: EndpointMemory;
  readonly epochs: Epochs;
  /** Those that the ends of backends and routes wait for: the same, but for a fault. */
  readonly ends: Epochs;
  readonly records: RecordStore;
  readonly seats: Seats;
}

export function memoryOf(lanes: number, random: () => number, faults: ReadonlySet<Fault>): Memory {
  const slots = SLOTS[Math.floor(random() * SLOTS.length)]!;
  const bytes = RECORD_BYTES[Math.floor(random() * RECORD_BYTES.length)]!;
  const buffers = allocateRecords(lanes, bytes);
  const epochs = new Epochs(buffers.applied);
  for (let lane = 0; lane < lanes; lane++) epochs.vacate(lane);
  const endpoints = new EndpointMemory(lanes, slots);
  const Store = faults.has('records at once') ? HastyStore : RecordStore;
  return {
    buffers,
    endpoints,
    epochs,
    ends: faults.has('slots at once') ? new HastyEpochs(buffers.applied) : epochs,
    records: new Store(buffers, epochs),
    seats: new Seats(faults.has('slots at once') ? { end: (seat) => seat } : endpoints, slots),
  };
}

class HastyStore extends RecordStore {
  override free(record: number): void {
    this.giveBack(record);
  }
}

/** As if every thread knew of every end at once. */
class HastyEpochs extends Epochs {
  override isApplied(): boolean {
    return true;
  }
}
