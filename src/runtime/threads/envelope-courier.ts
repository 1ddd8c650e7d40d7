import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { contain, type Panic } from '../../boundary/boundary.ts';
import { on, once } from '../../boundary/events.ts';
import { ONE_MESSAGE, ONE_ROUND, type Owner } from '../../boundary/owner.ts';
import { after } from '../../boundary/timers.ts';
import type { EnvelopeBatch } from '../../telemetry/envelope-batch.ts';
import type { EnvelopeCarrier, EnvelopePost } from '../../telemetry/envelope-post.ts';
import type { FromEnvelopeThread } from '../../telemetry/envelope-sender.ts';
import type { MetronAddress } from '../../telemetry/metron.ts';
import { RestartDelay } from './restart-delay.ts';
import { envelopeThreadCode } from './thread-code.ts';

/** MiB: it holds a few hundred short-lived objects at a time, and what is sent lies outside of its heap. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 };

export interface EnvelopeCourierOptions {
  readonly address: MetronAddress;
  readonly post: EnvelopePost;
  /** Of the proxy thread: both are named by it. */
  readonly lane: number;
  onPanic(panic: Panic): void;
}

type State =
  /** Nobody has told anything yet. */
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'running'; readonly worker: Worker }
  /** It has ended, and another will start. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'closed' };

/** A proxy thread's side of the thread that sends its envelopes: started with the first, and anew when it ends. */
export class EnvelopeCourier implements EnvelopeCarrier {
  readonly #options: EnvelopeCourierOptions;
  readonly #restart = new RestartDelay();
  readonly #starting: Owner = { kind: 'round', panic: () => this.#lose(performance.now()) };
  #state: State = { kind: 'unwanted' };
  #agentListens = true;

  constructor(options: EnvelopeCourierOptions) {
    this.#options = options;
    options.post.carrier = this;
  }

  get listens(): boolean {
    return this.#agentListens && this.#state.kind !== 'lost';
  }

  carry(batch: EnvelopeBatch): void {
    // Where the system has no thread left the batch is lost, not the request that filled it.
    if (this.#state.kind === 'unwanted') contain(this.#starting, () => this.#start());
    if (this.#state.kind === 'running') this.#state.worker.postMessage(batch, [batch.memory]);
    else this.#options.post.writeOff();
  }

  /** Sends what there is and ends the thread. */
  async close(): Promise<void> {
    await this.#options.post.settle();
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind === 'running') await state.worker.terminate();
  }

  #start(): void {
    const { address, lane } = this.#options;
    const { code, eval: isText } = envelopeThreadCode();
    const startedAt = performance.now();
    const worker = new Worker(code, {
      eval: isText,
      name: `envelopes-${lane}`,
      workerData: address,
      resourceLimits: LIMITS,
    });
    worker.unref();
    this.#state = { kind: 'running', worker };
    on(worker, 'message', ONE_MESSAGE, (message: FromEnvelopeThread) => this.#onMessage(message));
    on(worker, 'error', ONE_MESSAGE, (error: Error) => this.#tell('part', error));
    once(worker, 'exit', ONE_MESSAGE, () => this.#onExit(startedAt));
  }

  #onMessage(message: FromEnvelopeThread): void {
    switch (message.kind) {
      case 'sent':
        this.#options.post.takeBack(message.memory, message.count, message.dropped);
        break;
      case 'listens':
        this.#agentListens = message.listens;
        break;
      case 'panic':
        this.#tell(message.given, message.error);
        break;
    }
  }

  #onExit(startedAt: number): void {
    this.#options.post.writeOff();
    if (this.#state.kind !== 'closed') this.#lose(startedAt);
  }

  #lose(startedAt: number): void {
    this.#state = { kind: 'lost' };
    const now = performance.now();
    this.#restart.lose(startedAt, now);
    after(this.#restart.left(now), ONE_ROUND, () => this.#startAgain()).unref();
  }

  #startAgain(): void {
    if (this.#state.kind !== 'lost') return;
    this.#agentListens = true;
    // With the next batch.
    this.#state = { kind: 'unwanted' };
  }

  #tell(kind: Panic['kind'], error: unknown): void {
    contain(ONE_MESSAGE, () => this.#options.onPanic({ kind, requestId: '', error, again: false }));
  }
}
