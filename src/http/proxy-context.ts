import { performance } from 'node:perf_hooks';
import { Names } from '../network/names.ts';
import { ReadBuffers } from '../network/read-buffers.ts';
import { Unfinished } from '../network/unfinished.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { EMPTY_CONTENT_LENGTH_HEADER, REFUSED_MESSAGES, type ThreadCounters } from '../telemetry/counters.ts';
import { FlushQueue } from '../time/flush-queue.ts';
import { followSystemClock, WallClock, wallTime } from '../time/wall-clock.ts';
import { Deadlines } from './deadlines.ts';
import { EMPTY_CONTENT_LENGTH, type TellingFault } from './message/fault.ts';
import { NOWHERE } from './message/fault-place.ts';
import type { ClientFacts } from './policy/client-facts.ts';
import type { Refusal, RefusedText } from './refusal.ts';
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
  onRefusedHead: ((text: string, fault: TellingFault, client: ClientFacts) => void) | null = null;
  /** Told of all that clients have sent and nobody serves. `null`: nobody is. */
  onRefusal: ((refusal: Refusal) => void) | null = null;
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
   * Counts and tells of a client's message that is not the HTTP it should be. `refused`: what was read of it; without,
   * nothing of it is a head. `reason`: what the fault's name leaves open.
   */
  noteRefusal(fault: TellingFault, client: string, refused: RefusedText | null, reason = ''): void {
    this.counters.add(REFUSED_MESSAGES);
    if (fault === EMPTY_CONTENT_LENGTH) this.counters.add(EMPTY_CONTENT_LENGTH_HEADER);
    this.log.info('request-refused', { fault: fault.name, ...(reason === '' ? {} : { reason }), client });
    if (refused?.logs && refused.head !== '') this.onRefusedHead?.(refused.head, fault, refused.client);
    const { name, status, detail } = fault;
    this.onRefusal?.({
      what: refused?.isHttp2 ? 'http/2' : 'http/1.1',
      reason: reason === '' ? name : `${name} (${reason})`,
      detail,
      status,
      client,
      serverName: refused?.client.serverName ?? '',
      head: refused?.head ?? '',
      position: refused?.position ?? NOWHERE,
      begun: refused !== null && !refused.logs,
    });
  }
}
