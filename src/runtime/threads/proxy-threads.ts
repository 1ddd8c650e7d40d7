import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { RequestRecord } from '../../http/account/request-record.ts';
import type { TapFilter, Tapped } from '../../http/account/taps.ts';
import type { Door } from '../../http/connection/client.ts';
import type { AskedRequest } from '../../http/explain/asked-request.ts';
import type { Explanation } from '../../http/explain/explanation.ts';
import type { HttpSettings } from '../../http/settings.ts';
import type { ArmRow } from '../../routing/arm-tally.ts';
import type { FailedEndpoint } from '../../routing/change.ts';
import type { OrderedEndpoint } from '../../routing/endpoint-orders.ts';
import type { ThreadTallies } from '../../status/varz.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import type { TcpBatch } from '../../tcp/table/route.ts';
import type { LogLevel } from '../../telemetry/component-log.ts';
import { TABLE_DIFFERENCES, THREADS_REPLACED, THREADS_STUCK } from '../../telemetry/counters.ts';
import type { Span } from '../../telemetry/span.ts';
import type { SyslogBatch } from '../../telemetry/syslog-relay.ts';
import { StartError } from '../settings/start-error.ts';
import { askAll } from './ask-all.ts';
import { Crew, type CrewOptions, type ThreadData } from './crew.ts';
import type { Look, Seen, SeenThere } from './look.ts';
import { listenOn } from './open-door.ts';
import type { ProxyWorker, WorkerState } from './proxy-worker.ts';
import { Succession } from './succession.ts';
import type { Pace } from './thread-figures.ts';
import type { FromProxyThread, ToProxyThread } from './thread-messages.ts';
import { ThreadWatch } from './thread-watch.ts';

/** What a proxy thread's young generation begins with: left to grow, it stays at 1 MiB, and requests under way are copied by collections (0013). */
const FIRST_SEMI_SPACE_MB = 8;
/** A thread that has not ended by itself by then is stuck. */
const STOP_LIMIT_MS = 5000;
/** One that is stuck outside of JavaScript cannot be ended, and ends with the process. */
const CUT_LIMIT_MS = 1000;
/** Whoever asks all threads goes on with the answers there are by then. */
const ANSWER_LIMIT_MS = 2000;
/** What a thread needs beyond the time it is asked for. */
const PROFILE_GRACE_MS = 10_000;
const SNAPSHOT_LIMIT_MS = 30_000;

export interface ProxyThreadsOptions extends CrewOptions {
  readonly count: number;
  readonly data: ThreadData;
  onEndpointFailed(failed: FailedEndpoint): void;
  onSyslog(batch: SyslogBatch): void;
  onTapped(tapped: readonly Tapped[]): void;
  onSpans(spans: readonly Span[]): void;
  /** Told of what the thread in a lane has counted, and when it has ended; null: nobody is. */
  readonly arms: { take(lane: number, rows: readonly ArmRow[]): void; settle(lane: number): void } | null;
}

/** The control thread's side of the proxy threads: starts them, feeds them, asks them, replaces those that must go. */
export class ProxyThreads {
  readonly #options: ProxyThreadsOptions;
  readonly #crew: Crew;
  readonly #succession: Succession;
  readonly #watch: ThreadWatch;
  /** Of those that several may ask at once: their answers are told apart by it. */
  #questions = 0;
  #state: 'running' | 'ending' | 'ended' = 'running';

  constructor(options: ProxyThreadsOptions) {
    this.#options = options;
    const { count, log, memory } = options;
    this.#watch = new ThreadWatch(memory.pulses, (lane) => this.#onStuck(lane));
    this.#crew = new Crew(options, options.data, {
      onStart: (worker) => this.#watch.begin(worker.lane),
      onMessage: (worker, message) => this.#onMessage(worker, message),
      onExit: (worker, code) => this.#onExit(worker, code),
    });
    this.#succession = new Succession({
      count,
      crew: this.#crew,
      onReplaced: () => memory.counters.add(THREADS_REPLACED),
      log,
    });
  }

  /** Before it nothing can be asked of them. */
  start(): void {
    // There is no such resource limit of a Worker; isolates made from here on read the flag.
    setFlagsFromString(`--min-semi-space-size=${FIRST_SEMI_SPACE_MB}`);
    // The launcher's, for the control thread.
    setFlagsFromString('--max-semi-space-size=0');
    this.#watch.start();
    for (let each = 0; each < this.#options.count; each++) this.#crew.connect(this.#crew.start());
  }

  /** The numbers of those that there are. */
  get running(): number[] {
    return this.#crew.workers.map(({ lane }) => lane).toSorted((a, b) => a - b);
  }

  /** Each as this thread knows it. `starts`: how many there have been in its place, itself among them. */
  get crew(): { thread: number; state: WorkerState; startedAt: number; starts: number }[] {
    const { workers } = this.#crew;
    return workers
      .map(({ lane, state, startedAt }) => ({
        thread: lane,
        state,
        startedAt,
        starts: this.#crew.startsIn(lane),
      }))
      .toSorted((a, b) => a.thread - b.thread);
  }

  feedTcp(batch: TcpBatch): void {
    this.#crew.tellAll({ kind: 'tcp-ports', batch });
  }

  /**
   * Opens one more port on every thread; the first one finds out which when `port` is 0. Rejects with a system error,
   * or a `StartError` when a thread did not live to do it.
   */
  async listen(door: Door, host: string, port: number): Promise<number> {
    let actual = port;
    const workers = this.#crew.workers.filter(({ carries }) => carries);
    if (workers.length < this.#options.count)
      throw new StartError('a proxy thread ended as soon as it started');
    for (const worker of workers) actual = await listenOn(worker, { door, host, port: actual });
    this.#serve([...this.#succession.doors, { door, host, port: actual }]);
    return actual;
  }

  /** Without a port that is open from the start: from now on a thread that dies is replaced. */
  serve(): void {
    if (!this.#succession.isOn) this.#serve([]);
  }

  /** For the threads there are and those that will be. */
  reload(settings: HttpSettings): void {
    this.#remember({ settings });
    this.#crew.tellAll({ kind: 'settings', settings });
  }

  /** What operators have ordered of endpoints, for the threads there are and those that will be. */
  order(orders: readonly OrderedEndpoint[]): void {
    this.#remember({ orders });
    this.#crew.tellAll({ kind: 'endpoint-orders', orders });
  }

  /** TLS of TCP routes, from now on. */
  reloadTcp(tcp: TcpSettings): void {
    this.#remember({ tcp });
    this.#crew.tellAll({ kind: 'tcp-settings', settings: tcp });
  }

  /** Of the component log, for the threads there are and those that will be. */
  setLogLevel(level: LogLevel): void {
    this.#remember({ log: { ...this.#crew.data.log, level } });
    this.#crew.tellAll({ kind: 'log-level', level });
  }

  /** Ids of the applications that had requests since this was last asked, each once, on whatever threads. */
  async activeApps(): Promise<string[]> {
    const answers = await this.#ask({ kind: 'tell-active-apps' }, 'active-apps');
    return [...new Set(answers.flatMap(({ apps }) => apps))].filter((app) => app !== '');
  }

  /** What every thread counts for `/varz`. */
  varzTallies(): Promise<ThreadTallies[]> {
    return this.#ask({ kind: 'tell-varz' }, 'varz');
  }

  /** Who looks on, at the threads there are and those that will be. */
  tap(filters: readonly TapFilter[]): void {
    this.#remember({ taps: filters });
    this.#crew.tellAll({ kind: 'taps', filters });
  }

  /** Requests that are kept in mind, newest first. @param id of this one alone; empty: all */
  async requests(id: string): Promise<RequestRecord[]> {
    const number = this.#questions++;
    const isOurs = (message: { readonly number: number }): boolean => message.number === number;
    const answers = await this.#ask({ kind: 'tell-requests', number, id }, 'requests', isOurs);
    return answers.flatMap(({ records }) => records).toSorted((a, b) => b.at - a.at);
  }

  /** What each thread says of what is wanted; a thread that does not answer is left out. */
  async look<Of extends Look['of']>(look: Look & { readonly of: Of }): Promise<SeenThere<Of>[]> {
    const number = this.#questions++;
    const answers = await this.#ask({ kind: 'look', number, look }, 'seen', (each) => each.number === number);
    return answers.flatMap(({ thread, seen }) => (seen === null ? [] : [{ thread, seen: seen as Seen[Of] }]));
  }

  /** See `Pace.delay`; a thread that does not answer is left out. */
  async loopDelays(): Promise<(Pace['delay'] & { readonly thread: number })[]> {
    const answers = await this.look({ of: 'state' });
    return answers.map(({ thread, seen }) => ({ thread, ...seen.delay }));
  }

  /** Requests by route on every thread, and how busy each was, since this was last asked. */
  traffic(): Promise<Extract<FromProxyThread, { kind: 'traffic' }>[]> {
    const number = this.#questions++;
    const { log } = this.#options;
    // One that starts has seen nobody, and has more to do than to answer.
    const asked = this.#crew.workers.filter(({ state }) => state !== 'starting');
    return askAll(
      asked,
      { kind: 'tell-traffic', number },
      'traffic',
      ANSWER_LIMIT_MS,
      log,
      (message) => message.number === number,
    );
  }

  /**
   * By the first thread that serves; null: none does, or it could not say. To be asked one after the other: a thread reads
   * all that it is told in one turn of its loop, and serves nobody meanwhile.
   */
  async explain(asked: AskedRequest): Promise<Explanation | null> {
    const worker = this.#crew.workers.find(({ state }) => state === 'serving');
    if (worker === undefined) return null;
    const number = this.#questions++;
    const answer = worker.answer(['explained'], ANSWER_LIMIT_MS, (message) => message.number === number);
    worker.say({ kind: 'explain', number, asked });
    const message = await answer;
    return typeof message === 'string' ? null : message.explanation;
  }

  /** As JSON. Rejects when there is no such thread, when it goes meanwhile, and when it does not answer. */
  async cpuProfile(thread: number, milliseconds: number): Promise<string> {
    const worker = this.#worker(thread);
    const answer = worker.answer(['cpu-profile'], milliseconds + PROFILE_GRACE_MS);
    worker.say({ kind: 'profile-cpu', milliseconds });
    const message = await answer;
    if (typeof message !== 'string' && message.profile !== '') return message.profile;
    throw new Error(`thread ${thread} could not be profiled`);
  }

  /** The same. The thread stands still meanwhile, which is nothing to replace it for. */
  async heapSnapshot(thread: number): Promise<Readable> {
    const worker = this.#worker(thread);
    const late = delay(SNAPSHOT_LIMIT_MS, 'late' as const, { ref: false });
    const snapshot = await this.#watch.without(thread, Promise.race([worker.heapSnapshot(), late]));
    if (snapshot === 'late') throw new Error(`thread ${thread} gave no snapshot`);
    return snapshot;
  }

  /** Has every thread open its access log anew, after the file was moved away. */
  reopenLogs(): void {
    this.#crew.tellAll({ kind: 'reopen' });
  }

  closeGently(): void {
    this.#crew.closeGently();
  }

  /**
   * Closes the ports and idle connections; resolves when no connection is left on any thread. `onBegin` is told
   * how many connections there are in use, and idle, once every thread has said so.
   */
  async drain(onBegin: (active: number, idle: number) => void): Promise<void> {
    this.#end('ending');
    const drained = this.#crew.workers.map((worker) => worker.answer(['drained']));
    const begun = await this.#ask({ kind: 'drain' }, 'draining');
    onBegin(
      begun.reduce((sum, { active }) => sum + active, 0),
      begun.reduce((sum, { idle }) => sum + idle, 0),
    );
    await Promise.all(drained);
  }

  /** A second time changes nothing. */
  async stop(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#end('ended');
    const { workers } = this.#crew;
    const ended = workers.map((worker) => worker.answer([], STOP_LIMIT_MS));
    this.#crew.tellAll({ kind: 'stop' });
    await Promise.all(ended);
    this.#watch.close();
    await Promise.all(
      this.#crew.workers.map((worker) => {
        worker.cut();
        return worker.answer([], CUT_LIMIT_MS);
      }),
    );
  }

  #end(state: 'ending' | 'ended'): void {
    this.#state = state;
    this.#succession.end();
  }

  #serve(doors: Parameters<Succession['begin']>[0]): void {
    for (const worker of this.#crew.workers) if (worker.state === 'starting') worker.state = 'serving';
    this.#succession.begin(doors);
  }

  #remember(data: Partial<ThreadData>): void {
    this.#crew.data = { ...this.#crew.data, ...data };
  }

  #ask<Kind extends FromProxyThread['kind']>(
    request: ToProxyThread,
    kind: Kind,
    fits?: (message: Extract<FromProxyThread, { kind: Kind }>) => boolean,
  ) {
    return askAll(this.#crew.workers, request, kind, ANSWER_LIMIT_MS, this.#options.log, fits);
  }

  #worker(thread: number): ProxyWorker {
    const worker = this.#crew.at(thread);
    if (worker === undefined) throw new Error(`thread ${thread} is being replaced`);
    return worker;
  }

  #onMessage(worker: ProxyWorker, message: FromProxyThread): void {
    const { memory, tcp, log, onEndpointFailed, onSyslog, arms } = this.#options;
    switch (message.kind) {
      case 'endpoint-failed':
        onEndpointFailed(message.failed);
        break;
      case 'tcp-listening':
      case 'tcp-report':
        tcp?.onMessage(message, worker.lane);
        break;
      case 'syslog':
        onSyslog(message.batch);
        worker.say({ kind: 'syslog-taken', characters: message.batch.text.length });
        break;
      case 'spans':
        this.#options.onSpans(message.spans);
        worker.say({ kind: 'spans-taken', count: message.spans.length });
        break;
      case 'tapped':
        this.#options.onTapped(message.tapped);
        break;
      case 'arms':
        arms?.take(worker.lane, message.rows);
        break;
      case 'unsound':
        this.#replace(worker);
        break;
      case 'table-differs':
        // It may have been given up for something else already.
        if (worker.state !== 'starting' && worker.state !== 'serving') break;
        log.error('route-table-differs', { thread: worker.lane, epoch: message.epoch });
        memory.counters.add(TABLE_DIFFERENCES);
        this.#replace(worker);
        break;
    }
  }

  /** Gracefully, unless it serves nobody yet. */
  #replace(worker: ProxyWorker): void {
    if (worker.state === 'starting') this.#crew.cut(worker);
    if (worker.state !== 'serving') return;
    worker.state = 'unsound';
    this.#succession.onLoss(worker);
    this.#succession.look();
  }

  #onStuck(lane: number): void {
    const worker = this.#crew.at(lane);
    if (worker === undefined) return;
    this.#options.log.error('proxy-thread-stuck', { thread: lane });
    this.#options.memory.counters.add(THREADS_STUCK);
    this.#crew.cut(worker);
    this.#succession.onLoss(worker);
    this.#succession.look();
  }

  #onExit(worker: ProxyWorker, code: number): void {
    const thread = worker.lane;
    this.#watch.end(thread);
    this.#options.arms?.settle(thread);
    if (this.#state !== 'running') return;
    if (worker.departed) this.#options.log.info('proxy-thread-left', { thread });
    else this.#options.log.error('proxy-thread-exited', { thread, code });
    if (!worker.departed) this.#succession.onLoss(worker);
    this.#succession.lookSoon();
  }
}
