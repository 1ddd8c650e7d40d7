import { MessageChannel } from 'node:worker_threads';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import type { RouteBatch } from '../../routing/route-batch.ts';
import type { TcpBatch } from '../../tcp/table/route.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { TcpMessage } from '../tcp/tcp-messages.ts';
import { Lanes } from './lanes.ts';
import { ProxyWorker } from './proxy-worker.ts';
import type { RouteFeed } from './route-feed.ts';
import type { SharedMemory } from './shared-memory.ts';
import type { FromProxyThread, ProxyThreadData, ToProxyThread } from './thread-messages.ts';

/** A thread that was cut has ended by then, or never will. */
const END_LIMIT_MS = 10_000;

export type ThreadData = Omit<ProxyThreadData, 'lane' | 'shared'>;

export interface CrewOptions {
  readonly memory: SharedMemory;
  readonly routes: Pick<RouteFeed, 'follow' | 'leave'>;
  /** Null: no TCP router. */
  readonly tcp: {
    snapshot(): TcpBatch;
    onMessage(message: TcpMessage, lane: number): void;
    /** The thread in that lane has ended. */
    settle(lane: number): void;
  } | null;
  readonly log: ComponentLog;
}

interface CrewEvents {
  onStart(worker: ProxyWorker): void;
  onMessage(worker: ProxyWorker, message: FromProxyThread): void;
  /** Its lane is free again. */
  onExit(worker: ProxyWorker, code: number): void;
}

/** The proxy threads that there are, each in its lane, fed with routes and connected with each other. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #events: CrewEvents;
  readonly #lanes: Lanes;
  readonly #workers = new Map<number, ProxyWorker>();
  /** By lane: how many threads it has had. */
  readonly #starts = new Map<number, number>();
  /** Resolves when a thread has been sent the whole table. */
  readonly #informed = new WeakMap<ProxyWorker, Promise<void>>();
  /** Of threads that start. */
  data: ThreadData;
  #phase: 'serving' | 'closing' = 'serving';

  constructor(options: CrewOptions, data: ThreadData, events: CrewEvents) {
    this.#options = options;
    this.#events = events;
    this.data = data;
    this.#lanes = new Lanes(options.memory.lanes, options.memory);
  }

  /** All that have not ended. */
  get workers(): ProxyWorker[] {
    return [...this.#workers.values()];
  }

  startsIn(lane: number): number {
    return this.#starts.get(lane) ?? 0;
  }

  get hasRoom(): boolean {
    return this.#lanes.hasVacant;
  }

  /** `undefined`: there is none, or it will be gone soon. */
  at(lane: number): ProxyWorker | undefined {
    const worker = this.#workers.get(lane);
    return worker?.state === 'cut' ? undefined : worker;
  }

  /** @throws when the system has no thread left for it */
  start(): ProxyWorker {
    const { routes, tcp, log } = this.#options;
    const worker = this.#make();
    const { lane } = worker;
    this.#workers.set(lane, worker);
    this.#starts.set(lane, this.startsIn(lane) + 1);
    this.#events.onStart(worker);
    worker.onError((error) =>
      log.error('proxy-thread-failed', { thread: lane, error: error.stack ?? String(error) }),
    );
    worker.onMessage((message) => this.#events.onMessage(worker, message));
    const deliver = (batch: RouteBatch) => worker.say({ kind: 'routes', batch });
    worker.onExit((code) => {
      routes.leave(deliver);
      this.#workers.delete(lane);
      this.#lanes.vacate(lane);
      tcp?.settle(lane);
      this.#events.onExit(worker, code);
    });
    const informed = routes.follow(deliver);
    inBackground({ kind: 'part', panic: () => this.cut(worker) }, informed);
    this.#informed.set(worker, informed);
    if (this.#phase === 'closing') worker.say({ kind: 'close-gently' });
    if (tcp !== null) worker.say({ kind: 'tcp-ports', batch: tcp.snapshot() });
    return worker;
  }

  #make(): ProxyWorker {
    const lane = this.#lanes.take();
    try {
      return new ProxyWorker({ ...this.data, shared: this.#options.memory.buffers, lane });
    } catch (error) {
      this.#lanes.vacate(lane);
      throw error;
    }
  }

  /** Resolves when the thread has been sent the whole table. */
  async informed(worker: ProxyWorker): Promise<void> {
    await this.#informed.get(worker);
  }

  /** From now on it gets connections from the others, and hands over to them. */
  connect(worker: ProxyWorker): void {
    for (const peer of this.workers) {
      if (peer === worker || !peer.carries) continue;
      const { port1, port2 } = new MessageChannel();
      worker.say({ kind: 'peer', lane: peer.lane, line: port1 }, [port1]);
      peer.say({ kind: 'peer', lane: worker.lane, line: port2 }, [port2]);
    }
  }

  /** Nobody gives it connections any more. */
  #retire(worker: ProxyWorker): void {
    this.#lanes.retire(worker.lane);
    for (const peer of this.workers) {
      if (peer !== worker) peer.say({ kind: 'peer-leaves', lane: worker.lane });
    }
  }

  /** Others serve in its place: it ends when what it has is over, or after so many milliseconds. */
  dismiss(worker: ProxyWorker, milliseconds: number): void {
    this.#retire(worker);
    worker.state = 'leaving';
    worker.say({ kind: 'leave', milliseconds });
  }

  /** Ends it whatever it does. */
  cut(worker: ProxyWorker): void {
    if (worker.state === 'gone') return;
    const isFirst = worker.state !== 'cut';
    this.#retire(worker);
    worker.cut();
    if (isFirst) after(END_LIMIT_MS, ONE_ROUND, () => this.#checkEnd(worker)).unref();
  }

  /** Stuck outside of JavaScript it may still read what all share: nothing of that is taken back from it. */
  #checkEnd(worker: ProxyWorker): void {
    if (worker.state !== 'gone')
      this.#options.log.error('proxy-thread-will-not-end', { thread: worker.lane });
  }

  /** Those that start later are told too. */
  closeGently(): void {
    this.#phase = 'closing';
    this.tellAll({ kind: 'close-gently' });
  }

  tellAll(message: ToProxyThread): void {
    for (const worker of this.workers) worker.say(message);
  }
}
