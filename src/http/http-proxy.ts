import { performance } from 'node:perf_hooks';
import { balancerFor } from '../balancer/balancer.ts';
import type { EndpointCells } from '../routing/endpoint-cells.ts';
import { Replica } from '../routing/replica.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { ThreadCounters } from '../telemetry/counters.ts';
import { DeadlineList } from '../time/deadline.ts';
import { WallClock, wallTime } from '../time/wall-clock.ts';
import { Backends } from './connection/backends.ts';
import type { DownstreamConnection } from './connection/downstream-connection.ts';
import { FlushQueue } from './connection/flush-queue.ts';
import { RequestIds } from './request-id.ts';
import type { HttpSettings } from './settings.ts';

const READ_BUFFER_BYTES = 64 * 1024;
const UPSTREAM_IDLE_MS = 90_000;
const LINGER_MS = 2_000;
const HALF_CLOSED_MS = 500;

export interface HttpProxyParts {
  readonly settings: HttpSettings;
  readonly cells: EndpointCells;
  readonly counters: ThreadCounters;
  readonly accessLog: AccessLog;
  readonly log: ComponentLog;
}

/** All that the exchanges of one proxy thread share. */
export class HttpProxy {
  readonly settings: HttpSettings;
  readonly cells: EndpointCells;
  readonly counters: ThreadCounters;
  readonly accessLog: AccessLog;
  readonly log: ComponentLog;
  readonly clock = new WallClock();
  readonly flushes = new FlushQueue();
  readonly requestIds = new RequestIds();
  readonly backends = new Backends(this);
  readonly routes = new Replica(balancerFor, (slot) => this.backends.retire(slot));
  readonly downstreams = new Set<DownstreamConnection>();
  /** Every backend's bytes are read into this one buffer and used up before the next read. */
  readonly readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  readonly deadlines: Deadlines;
  draining = false;
  /** Monotonic milliseconds, as fresh as the last event that needed the exact time: good for deadlines and dates. */
  now = performance.now();

  constructor(parts: HttpProxyParts) {
    this.settings = parts.settings;
    this.cells = parts.cells;
    this.counters = parts.counters;
    this.accessLog = parts.accessLog;
    this.log = parts.log;
    this.deadlines = new Deadlines(parts.settings);
  }

  /** The exact time, which is `now` from here on. */
  readClock(): number {
    this.now = performance.now();
    return this.now;
  }

  get httpDate(): string {
    return this.clock.httpDate(wallTime(this.now));
  }

  /** Ends what has run out of time. To be called a few times a second. */
  tick(): void {
    this.deadlines.expireDue(this.readClock());
  }
}

/** One list per kind of deadline. */
class Deadlines {
  readonly dial: DeadlineList;
  readonly endpoint: DeadlineList;
  readonly head: DeadlineList;
  readonly downstreamIdle: DeadlineList;
  readonly upstreamIdle = new DeadlineList(UPSTREAM_IDLE_MS);
  readonly linger = new DeadlineList(LINGER_MS);
  readonly halfClosed = new DeadlineList(HALF_CLOSED_MS);

  constructor(settings: HttpSettings) {
    this.dial = new DeadlineList(settings.dialTimeout);
    this.endpoint = new DeadlineList(settings.endpointTimeout);
    this.head = new DeadlineList(settings.headTimeout);
    this.downstreamIdle = new DeadlineList(settings.downstreamIdleTimeout);
  }

  expireDue(now: number): void {
    this.dial.expireDue(now);
    this.endpoint.expireDue(now);
    this.head.expireDue(now);
    this.downstreamIdle.expireDue(now);
    this.upstreamIdle.expireDue(now);
    this.linger.expireDue(now);
    this.halfClosed.expireDue(now);
  }
}
