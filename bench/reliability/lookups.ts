import { roundRobin } from '../../src/balancer/round-robin.ts';
import { decodeRouteMessage } from '../../src/bus/route-message.ts';
import { Epochs } from '../../src/registry/epochs.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { Registry } from '../../src/registry/registry.ts';
import { RegistryTally } from '../../src/registry/registry-counters.ts';
import { Seats } from '../../src/registry/seats.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import { Replica, startOf } from '../../src/routing/replica.ts';
import { BatchWriter } from '../../src/routing/route-batch.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { percentile } from '../statistics.ts';
import { registration, routesOf } from './platform-message.ts';

/** Looked up between two looks at the clock, which takes longer than one lookup. */
const AT_ONCE = 10;
const SAMPLES = 20_000;

export interface Lookups {
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of a route that had no request before. */
  readonly first: number;
}

/** How long a proxy thread looks for routes of so many instances, any of them at random. */
export function measureLookups(instances: number): Lookups {
  const replica = replicaOf(instances);
  const next = () => routesOf(Math.floor(Math.random() * instances))[0];
  const firsts: number[] = [];
  for (let sample = 0; sample < 2000; sample++) firsts.push(timed(replica, [next()]));
  for (let instance = 0; instance < instances; instance++) replica.match(routesOf(instance)[0], '/');
  const times: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    times.push(timed(replica, Array.from({ length: AT_ONCE }, next)) / AT_ONCE);
  }
  return { p50: percentile(times, 50), p99: percentile(times, 99), first: percentile(firsts, 50) };
}

function timed(replica: Replica, hosts: readonly string[]): number {
  // As the parser makes them: flat, and never seen before.
  const asked = hosts.map((host) => Buffer.from(host).toString('latin1'));
  const begun = process.hrtime.bigint();
  for (const host of asked) if (replica.match(host, '/') === null) throw new Error(`${host} is not there`);
  return Number(process.hrtime.bigint() - begun) / 1000;
}

function replicaOf(instances: number): Replica {
  const buffers = allocateRecords(1);
  const epochs = new Epochs(buffers.applied);
  const records = new RecordStore(buffers, epochs);
  const registry = new Registry({
    now: () => performance.now(),
    staleThreshold: 120_000,
    suspendPruning: false,
    maxAgeVerified: 86_400_000,
    maxAgePlain: null,
    reconcileAfter: 40_000,
    keepEmptyPools: false,
    emptyPoolTimeout: 0,
    defaultLoadBalancing: 'round-robin',
    sharding: { mode: 'all', segments: [] },
    seats: new Seats(new EndpointMemory(1)),
    records,
    epochs,
    log: SILENT,
    counters: new RegistryTally(),
  });
  const writer = new BatchWriter();
  registry.onChange((change) => writer.add(change));
  for (let instance = 0; instance < instances; instance++) {
    const decoded = decodeRouteMessage(Buffer.from(JSON.stringify(registration(instance))));
    if (decoded.ok) registry.register(decoded.message);
  }
  const replica = new Replica(records.reader, () => roundRobin);
  replica.apply(startOf(writer.take(0)));
  return replica;
}
