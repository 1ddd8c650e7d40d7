import { Epochs } from '../../registry/epochs.ts';
import { RecordStore } from '../../registry/record-store.ts';
import { Seats } from '../../registry/seats.ts';
import { EndpointMemory } from '../../routing/endpoint-memory.ts';
import { allocateRecords } from '../../routing/record-memory.ts';
import {
  DOWNSTREAM_CLOSED,
  DOWNSTREAM_OPENED,
  REQUESTS,
  ThreadCounters,
  UPSTREAM_CLOSED,
  UPSTREAM_OPENED,
} from '../../telemetry/counters.ts';
import { allocateMeters, type MeterSettings } from '../../telemetry/meters.ts';
import { RequestCells } from '../../telemetry/request-cells.ts';
import { ConnectionLoads } from './connection-loads.ts';
import { HealthCell } from './health-cell.ts';
import type { LaneMemory } from './lanes.ts';
import { Pulses } from './pulses.ts';
import type { SharedBuffers } from './thread-messages.ts';

/** What the control thread and the proxy threads share, and how it is put right when one of those starts or ends. */
export class SharedMemory implements LaneMemory {
  /** One more than there are threads, for the one that takes another's place. */
  readonly lanes: number;
  readonly endpoints: EndpointMemory;
  readonly records: RecordStore;
  readonly seats: Seats;
  /** Of the batches of route changes. */
  readonly epochs: Epochs;
  /** Of the batches of changes of TCP ports. */
  readonly tcpEpochs: Epochs;
  readonly connectionLoads: ConnectionLoads;
  readonly health: HealthCell;
  readonly pulses: Pulses;
  /** The control thread's own row, behind those of the lanes. */
  readonly counters: ThreadCounters;
  readonly buffers: SharedBuffers;

  constructor(threads: number, meters: MeterSettings) {
    const lanes = threads + 1;
    this.lanes = lanes;
    this.endpoints = new EndpointMemory(lanes);
    this.buffers = {
      endpoints: this.endpoints.buffers,
      records: allocateRecords(lanes),
      tcpApplied: new SharedArrayBuffer(lanes * Int32Array.BYTES_PER_ELEMENT),
      counters: ThreadCounters.allocate(lanes + 1),
      meters: allocateMeters(lanes, meters),
      requests: RequestCells.allocate(lanes),
      connectionLoads: ConnectionLoads.allocate(lanes),
      health: HealthCell.allocate(),
      pulses: Pulses.allocate(lanes),
    };
    this.epochs = new Epochs(this.buffers.records.applied);
    this.tcpEpochs = new Epochs(this.buffers.tcpApplied);
    this.records = new RecordStore(this.buffers.records, this.epochs);
    this.seats = new Seats(this.endpoints);
    this.health = new HealthCell(this.buffers.health);
    this.connectionLoads = new ConnectionLoads(this.buffers.connectionLoads);
    this.pulses = new Pulses(this.buffers.pulses);
    this.counters = new ThreadCounters(this.buffers.counters, lanes);
    for (let lane = 0; lane < lanes; lane++) this.#vacate(lane);
  }

  open(lane: number): void {
    this.epochs.restart(lane);
    this.tcpEpochs.restart(lane);
    this.connectionLoads.open(lane);
  }

  retire(lane: number): void {
    this.connectionLoads.retire(lane);
  }

  /** What its thread had open is closed, but nobody is left to say so. */
  settle(lane: number): void {
    this.endpoints.settle(lane);
    this.#vacate(lane);
    const counters = new ThreadCounters(this.buffers.counters, lane);
    counters.addBy(DOWNSTREAM_CLOSED, counters.get(DOWNSTREAM_OPENED) - counters.get(DOWNSTREAM_CLOSED));
    counters.addBy(UPSTREAM_CLOSED, counters.get(UPSTREAM_OPENED) - counters.get(UPSTREAM_CLOSED));
    new RequestCells(this.buffers.requests, lane).settle(counters.get(REQUESTS));
  }

  #vacate(lane: number): void {
    this.epochs.vacate(lane);
    this.tcpEpochs.vacate(lane);
    this.connectionLoads.vacate(lane);
  }
}
