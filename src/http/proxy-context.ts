import { performance } from 'node:perf_hooks';
import { Names } from '../network/names.ts';
import { ReadBuffers } from '../network/read-buffers.ts';
import { Unfinished } from '../network/unfinished.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { EMPTY_CONTENT_LENGTH_HEADER, REFUSED_MESSAGES, type ThreadCounters } from '../telemetry/counters.ts';
import { FlushQueue } from '../time/flush-queue.ts';
import { followSystemClock, WallClock, wallTime } from '../time/wall-clock.ts';
import { Deadlines } from './deadlines.ts';
import { EMPTY_CONTENT_LENGTH, type Fault } from './message/fault.ts';
import type { ClientFacts } from './policy/client-facts.ts';
import type { HttpSettings } from './settings.ts';

const READ_BUFFER_BYTES = 64 * 1024;
/** Bytes of them, of which one may have 1 MiB. */
const MAX_UNFINISHED = 16 * 1024 * 1024;
/** Idle time after which the kernel asks whether the peer of a tunnel is still there. */
const TUNNEL_PROBE_MS = 60_000;

/** By what a thread is known to operators. */
export interface Identity {
  /** Id of its router in the roll-call. */
  readonly router: string;
  readonly thread: number;
}

const NAMELESS: Identity = { router: '', thread: 0 };

/** What all connections and exchanges of one proxy thread share. */
export class ProxyContext {
  settings: HttpSettings;
  readonly counters: ThreadCounters;
  readonly log: ComponentLog;
  readonly clock = new WallClock();
  readonly flushes = new FlushQueue();
  readonly readBuffers = new ReadBuffers(READ_BUFFER_BYTES);
  readonly deadlines: Deadlines;
  /** Of backends. */
  readonly names: Names;
  /** Of this thread. */
  readonly identity: Identity;
  /** Heads and trailers of requests that have come in part. */
  readonly unfinished = new Unfinished(MAX_UNFINISHED);
  readonly tunnelProbeMs = TUNNEL_PROBE_MS;
  /**
   * What clients are told: in all but `serving`, that their connection ends with the response. While `leaving`, another
   * thread has taken this one's place: no connection to a backend is used for a second exchange.
   */
  phase: 'serving' | 'closing' | 'draining' | 'leaving' = 'serving';
  /** Told of requests whose head was refused. `text`: its beginning, Latin-1. `null`: nobody is. */
  onRefusedHead: ((text: string, fault: Fault, client: ClientFacts) => void) | null = null;
  /** Monotonic milliseconds, as fresh as the last event that needed the exact time: good for deadlines and dates. */
  now = performance.now();

  constructor(
    settings: HttpSettings,
    counters: ThreadCounters,
    log: ComponentLog,
    names = new Names(),
    identity = NAMELESS,
  ) {
    this.names = names;
    this.identity = identity;
    this.settings = settings;
    this.counters = counters;
    this.log = log;
    this.deadlines = new Deadlines(settings);
  }

  reload(settings: HttpSettings): void {
    this.settings = settings;
    this.deadlines.change(settings);
  }

  /** The exact time, which is `now` from here on. */
  readClock(): number {
    this.now = performance.now();
    return this.now;
  }

  /** To be called a few times a second, for dates to be those of the system. Answers the exact time. */
  followClocks(): number {
    followSystemClock();
    return this.readClock();
  }

  get httpDate(): string {
    return this.clock.httpDate(wallTime(this.now));
  }

  /**
   * Counts and tells of a client's message that is not the HTTP it should be. `head`: what was read of a head, Latin-1;
   * empty where it was another part.
   */
  noteRefusal(fault: Pick<Fault, 'name'>, client: string, refused?: undefined, reason?: string): void;
  noteRefusal(fault: Fault, client: string, refused: { head: string; client: ClientFacts }): void;
  noteRefusal(
    fault: Fault,
    client: string,
    refused?: { head: string; client: ClientFacts },
    reason = '',
  ): void {
    this.counters.add(REFUSED_MESSAGES);
    if (fault === EMPTY_CONTENT_LENGTH) this.counters.add(EMPTY_CONTENT_LENGTH_HEADER);
    this.log.info('request-refused', { fault: fault.name, ...(reason === '' ? {} : { reason }), client });
    if (refused !== undefined && refused.head !== '') {
      this.onRefusedHead?.(refused.head, fault, refused.client);
    }
  }
}
