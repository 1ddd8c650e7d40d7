import type { RouteMessage } from '../../src/bus/route-message.ts';
import { Epochs } from '../../src/registry/epochs.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { Registry } from '../../src/registry/registry.ts';
import { RegistryTally } from '../../src/registry/registry-counters.ts';
import type { RegistryOptions } from '../../src/registry/registry-options.ts';
import { Seats } from '../../src/registry/seats.ts';
import type { PoolSettings } from '../../src/routing/change.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import type { ComponentLog, LogData, LogLevel } from '../../src/telemetry/component-log.ts';
import { type PlainChange, plainChange } from './plain-change.ts';

/** A valid message; `address` follows from host and port. */
export function routeMessage(fields: Partial<RouteMessage> = {}): RouteMessage {
  const message = {
    uris: ['foo.com'],
    host: '10.0.0.1',
    port: 80,
    tls: false,
    protocol: 'http1',
    serverCertDomainSan: '',
    appId: '',
    instanceId: '',
    instanceIndex: '',
    availabilityZone: '',
    isolationSegment: '',
    routeServiceUrl: '',
    tags: null,
    staleThreshold: 0,
    updatedAtNs: '0',
    loadBalancing: '' as const,
    requestTimeout: 0,
    hashHeader: '',
    hashBalance: 0,
    routePolicy: null,
    ...fields,
  };
  return { ...message, address: `${message.host}:${message.port}` };
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly data: LogData;
}

export class LogLines implements ComponentLog {
  readonly lines: LogLine[] = [];

  get messages(): string[] {
    return this.lines.map(({ message }) => message);
  }

  debug(message: string, data: LogData = {}): void {
    this.lines.push({ level: 'debug', message, data });
  }

  info(message: string, data: LogData = {}): void {
    this.lines.push({ level: 'info', message, data });
  }

  warn(message: string, data: LogData = {}): void {
    this.lines.push({ level: 'warn', message, data });
  }

  error(message: string, data: LogData = {}): void {
    this.lines.push({ level: 'error', message, data });
  }

  fatal(message: string, data: LogData = {}): void {
    this.lines.push({ level: 'fatal', message, data });
  }

  child(): this {
    return this;
  }

  flush(): void {}
}

const NO_THREADS = allocateRecords(0);

/** A registry on a clock that stands still, with everything it says recorded. */
export class RegistryFixture {
  now = 0;
  /** Milliseconds that the process has stood still. */
  paused = 0;
  readonly log = new LogLines();
  readonly tally = new RegistryTally();
  readonly changes: PlainChange[] = [];
  /** As if every thread applied a batch at once. */
  readonly epochs = new Epochs(NO_THREADS.applied);
  readonly records = new RecordStore(allocateRecords(0), this.epochs);
  readonly memory: EndpointMemory;
  readonly registry: Registry;

  constructor(options: Partial<RegistryOptions> = {}, slots = 1000) {
    this.memory = new EndpointMemory(1, slots);
    this.registry = new Registry({
      now: () => this.now,
      running: () => this.now - this.paused,
      staleThreshold: 120_000,
      suspendPruning: false,
      maxAgeVerified: 86_400_000,
      maxAgePlain: null,
      reconcileAfter: 40_000,
      keepEmptyPools: false,
      emptyPoolTimeout: 0,
      defaultLoadBalancing: 'round-robin',
      sharding: { mode: 'all', segments: [] },
      seats: new Seats(this.memory, slots),
      records: this.records,
      epochs: this.epochs,
      log: this.log,
      counters: this.tally,
      ...options,
    });
    this.registry.onChange((change) => this.changes.push(plainChange(change, this.records)));
  }

  /** What happened since the last call. */
  takeChanges(): PlainChange[] {
    return this.changes.splice(0);
  }

  /** The table as it is, as changes. */
  snapshot(): PlainChange[] {
    const pieces = this.registry.snapshot(2);
    const changes: PlainChange[] = [];
    for (;;) {
      const { value, done } = pieces.next();
      changes.push(...value.map((change) => plainChange(change, this.records)));
      if (done) return changes;
    }
  }

  /** A whole round. */
  prune(busConnected: boolean): void {
    for (const _ of this.registry.prune(busConnected));
  }

  takeLog(): LogLine[] {
    return this.log.lines.splice(0);
  }

  addresses(key: string): string[] | undefined {
    return this.registry.routes()[key]?.map(({ address }) => address);
  }
}

export interface ReplicaPool {
  settings: PoolSettings;
  readonly members: Endpoint[];
}

/** The plainest table that follows the feed, in the order of its pools' ids; throws on a change that makes no sense. */
export function replicaOf(changes: readonly PlainChange[]): ReplicaPool[] {
  const pools = new Map<number, ReplicaPool>();
  for (const change of changes) {
    if (change.kind === 'pool-put') {
      const pool = pools.get(change.pool.id);
      if (pool === undefined) pools.set(change.pool.id, { settings: change.pool, members: [] });
      else pool.settings = change.pool;
      continue;
    }
    const pool = pools.get(change.pool);
    if (pool === undefined) throw new Error(`${change.kind} for an unknown pool`);
    const address = change.kind === 'endpoint-put' ? change.endpoint.address : '';
    switch (change.kind) {
      case 'pool-gone':
        if (pool.members.length > 0) throw new Error('pool-gone while it has members');
        pools.delete(change.pool);
        break;
      case 'endpoint-put': {
        const at = pool.members.findIndex((member) => member.address === address);
        pool.members.splice(at < 0 ? pool.members.length : at, at < 0 ? 0 : 1, change.endpoint);
        break;
      }
      case 'endpoint-gone': {
        const at = pool.members.findIndex((member) => member.address === change.address);
        if (at < 0) throw new Error('endpoint-gone for an unknown member');
        pool.members.splice(at, 1);
      }
    }
  }
  return [...pools.values()].sort((a, b) => a.settings.id - b.settings.id);
}
