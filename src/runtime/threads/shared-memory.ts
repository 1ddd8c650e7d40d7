import { Epochs } from '../../registry/epochs.ts';
import { RecordStore } from '../../registry/record-store.ts';
import { Seats } from '../../registry/seats.ts';
import { EndpointMemory } from '../../routing/endpoint-memory.ts';
import { allocateRecords } from '../../routing/record-memory.ts';
import {
  DOWNSTREAM_CLOSED,
  DOWNSTREAM_OPENED,
  ThreadCounters,
  UPSTREAM_CLOSED,
  UPSTREAM_OPENED,
} from '../../telemetry/counters.ts';
import { allocateMeters, type MeterSettings } from '../../telemetry/meters.ts';
import { ConnectionLoads } from './connection-loads.ts';
import { HealthCell } from './health-cell.ts';
import type { SharedBuffers } from './thread-messages.ts';

/** What the control thread and the proxy threads share, and how it is put right when one of those dies. */
export class SharedMemory {
  readonly endpoints: EndpointMemory;
  readonly records: RecordStore;
  readonly seats: Seats;
  /** Of the batches of route changes. */
  readonly epochs: Epochs;
  readonly connectionLoads: ConnectionLoads;
  readonly health: HealthCell;
  readonly buffers: SharedBuffers;

  constructor(threads: number, meters: MeterSettings) {
    this.endpoints = new EndpointMemory(threads);
    this.buffers = {
      endpoints: this.endpoints.buffers,
      records: allocateRecords(threads),
      counters: ThreadCounters.allocate(threads),
      meters: allocateMeters(threads, meters),
      connectionLoads: ConnectionLoads.allocate(threads),
      health: HealthCell.allocate(),
    };
    this.epochs = new Epochs(this.buffers.records.applied);
    this.records = new RecordStore(this.buffers.records, this.epochs);
    this.seats = new Seats(this.endpoints);
    this.health = new HealthCell(this.buffers.health);
    this.connectionLoads = new ConnectionLoads(this.buffers.connectionLoads);
  }

  /** What a dead thread had open is closed, but nobody is left to say so. */
  settle(thread: number): void {
    this.endpoints.settle(thread);
    this.connectionLoads.clear(thread);
    const counters = new ThreadCounters(this.buffers.counters, thread);
    counters.addBy(DOWNSTREAM_CLOSED, counters.get(DOWNSTREAM_OPENED) - counters.get(DOWNSTREAM_CLOSED));
    counters.addBy(UPSTREAM_CLOSED, counters.get(UPSTREAM_OPENED) - counters.get(UPSTREAM_CLOSED));
  }
}
