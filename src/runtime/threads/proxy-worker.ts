import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { type MessagePort, Worker } from 'node:worker_threads';
import { inBackground } from '../../boundary/boundary.ts';
import { on, once } from '../../boundary/events.ts';
import { ONE_MESSAGE } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import { proxyThreadCode } from './thread-code.ts';
import type { FromProxyThread, ProxyThreadData, ToProxyThread } from './thread-messages.ts';

/** Young generation of a proxy thread, MiB, three times its semi-space: left to grow, that keeps 32 MiB behind one flood (0013). */
const YOUNG_GENERATION_MB = 24;

export type WorkerState =
  /** Is being told the table, and does not listen yet. */
  | 'starting'
  | 'serving'
  /** The same, until another can take its place. */
  | 'unsound'
  /** Another has taken its place; it finishes what it has. */
  | 'leaving'
  /** Is stuck, or should have ended by now: what it has is lost. */
  | 'cut'
  | 'gone';

export type Answer<Kind extends FromProxyThread['kind']> =
  | Extract<FromProxyThread, { kind: Kind }>
  /** It ended without an answer. */
  | 'exit'
  /** It has none in time. */
  | 'late';

/** One proxy thread from its start to its end, as the control thread knows it. */
export class ProxyWorker {
  readonly lane: number;
  /** Monotonic milliseconds. */
  readonly startedAt = performance.now();
  state: WorkerState = 'starting';
  /** Whether it has ended because it was to leave. */
  departed = false;
  readonly #worker: Worker;

  constructor(data: ProxyThreadData) {
    this.lane = data.lane;
    const { code, eval: isText } = proxyThreadCode();
    this.#worker = new Worker(code, {
      eval: isText,
      name: `proxy-${data.lane}`,
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
  }

  /** Takes requests, or will. */
  get carries(): boolean {
    return this.state === 'starting' || this.state === 'serving' || this.state === 'unsound';
  }

  onMessage(listener: (message: FromProxyThread) => void): void {
    on(this.#worker, 'message', ONE_MESSAGE, listener);
  }

  onError(listener: (error: Error) => void): void {
    on(this.#worker, 'error', ONE_MESSAGE, listener);
  }

  /** After all that it has said. */
  onExit(listener: (code: number) => void): void {
    once(this.#worker, 'exit', ONE_MESSAGE, (code: number) => {
      this.departed = this.state === 'leaving';
      this.state = 'gone';
      listener(code);
    });
  }

  say(message: ToProxyThread, transfer: readonly MessagePort[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  /** The next message of one of these kinds. @param limit milliseconds @param fits whether it answers what was asked: one that came too late for another question does not */
  answer<Kind extends FromProxyThread['kind']>(
    kinds: readonly Kind[],
    limit = Number.POSITIVE_INFINITY,
    fits: (message: Extract<FromProxyThread, { kind: Kind }>) => boolean = () => true,
  ): Promise<Answer<Kind>> {
    const worker = this.#worker;
    if (this.state === 'gone') return Promise.resolve('exit');
    return new Promise((resolve) => {
      const end = (answer: Answer<Kind>): void => {
        clearTimeout(timer);
        worker.off('message', onMessage);
        worker.off('exit', onExit);
        resolve(answer);
      };
      const timer =
        limit === Number.POSITIVE_INFINITY ? undefined : after(limit, ONE_MESSAGE, () => end('late'));
      const onExit = on(worker, 'exit', ONE_MESSAGE, () => end('exit'));
      const onMessage = on(worker, 'message', ONE_MESSAGE, (message: FromProxyThread) => {
        if (!kinds.includes(message.kind as Kind)) return;
        const answer = message as Extract<FromProxyThread, { kind: Kind }>;
        if (fits(answer)) end(answer);
      });
    });
  }

  /** Works on a thread that is stuck, too. */
  heapSnapshot(): Promise<Readable> {
    return this.#worker.getHeapSnapshot();
  }

  /** Ends it whatever it does; `onExit` tells when. */
  cut(): void {
    if (this.state !== 'gone') this.state = 'cut';
    inBackground(ONE_MESSAGE, this.#worker.terminate());
  }
}
