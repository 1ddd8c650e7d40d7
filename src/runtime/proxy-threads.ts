import { MessageChannel, Worker } from 'node:worker_threads';
import type { RouteChange } from '../routing/change.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { ConnectionLoads } from './connection-loads.ts';
import type { FromProxyThread, ProxyThreadData, ToProxyThread } from './thread-messages.ts';

/** Young generation of a proxy thread, MiB: large enough that a request's garbage is gone before it is ever copied. */
const YOUNG_GENERATION_MB = 64;
const RESTART_DELAY_MS = 100;

export interface ProxyThreadsOptions {
  readonly count: number;
  readonly data: Omit<ProxyThreadData, 'thread'>;
  /** The whole table, for a thread that starts. */
  snapshot(): RouteChange[];
  readonly log: ComponentLog;
}

type Listening = { readonly host: string; readonly port: number } | null;

/** The control thread's side of the proxy threads: starts them, feeds them, replaces one that dies. */
export class ProxyThreads {
  readonly #options: ProxyThreadsOptions;
  readonly #workers: Worker[] = [];
  readonly #loads: ConnectionLoads;
  #listening: Listening = null;
  #stopping = false;

  constructor(options: ProxyThreadsOptions) {
    this.#options = options;
    this.#loads = new ConnectionLoads(options.data.connectionLoads);
    for (let thread = 0; thread < options.count; thread++) this.#start(thread);
  }

  feed(changes: readonly RouteChange[]): void {
    for (const worker of this.#workers) say(worker, { kind: 'changes', changes });
  }

  /** Opens the port on every thread; the first one finds out which when `port` is 0. Rejects with a system error. */
  async listen(host: string, port: number): Promise<number> {
    let actual = port;
    for (const worker of this.#workers) actual = await listenOn(worker, host, actual);
    this.#listening = { host, port: actual };
    return actual;
  }

  /** Resolves when no connection is left on any thread. */
  async drain(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      this.#workers.map((worker) => {
        const drained = reply(worker, (message) => message.kind === 'drained');
        say(worker, { kind: 'drain' });
        return drained;
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      this.#workers.map((worker) => {
        const gone = new Promise((resolve) => worker.once('exit', resolve));
        say(worker, { kind: 'stop' });
        return gone;
      }),
    );
  }

  #start(thread: number): Worker {
    const { data, log } = this.#options;
    const worker = new Worker(new URL('./proxy-thread.ts', import.meta.url), {
      name: `proxy-${thread}`,
      workerData: { ...data, thread } satisfies ProxyThreadData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker.on('error', (error: Error) =>
      log.error('proxy-thread-failed', { thread, error: error.stack ?? String(error) }),
    );
    worker.on('exit', (code) => this.#onExit(thread, code));
    this.#connectPeers(thread, worker);
    this.#workers[thread] = worker;
    say(worker, { kind: 'changes', changes: this.#options.snapshot() });
    return worker;
  }

  #connectPeers(thread: number, worker: Worker): void {
    for (const [other, peer] of this.#workers.entries()) {
      if (other === thread) continue;
      const { port1, port2 } = new MessageChannel();
      say(worker, { kind: 'peer', thread: other, line: port1 }, [port1]);
      say(peer, { kind: 'peer', thread, line: port2 }, [port2]);
    }
  }

  #onExit(thread: number, code: number): void {
    if (this.#stopping) return;
    this.#options.log.error('proxy-thread-exited', { thread, code });
    this.#loads.clear(thread);
    setTimeout(() => {
      if (this.#stopping) return;
      const worker = this.#start(thread);
      if (this.#listening === null) return;
      const { host, port } = this.#listening;
      listenOn(worker, host, port).catch((error: Error) =>
        this.#options.log.error('proxy-thread-cannot-listen', { thread, error: error.message }),
      );
    }, RESTART_DELAY_MS);
  }
}

async function listenOn(worker: Worker, host: string, port: number): Promise<number> {
  const answer = reply(worker, ({ kind }) => kind === 'listening' || kind === 'listen-failed');
  say(worker, { kind: 'listen', host, port });
  const message = await answer;
  if (message.kind === 'listening') return message.port;
  const { code, message: text } = message as Extract<FromProxyThread, { kind: 'listen-failed' }>;
  throw Object.assign(new Error(text), { code });
}

/** Rejects when the thread ends without saying it. */
function reply(worker: Worker, wanted: (message: FromProxyThread) => boolean): Promise<FromProxyThread> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('the proxy thread ended'));
    const onMessage = (message: FromProxyThread) => {
      if (!wanted(message)) return;
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(message);
    };
    worker.on('message', onMessage);
    worker.once('exit', onExit);
  });
}

function say(
  worker: Worker,
  message: ToProxyThread,
  transfer: readonly MessageChannel['port1'][] = [],
): void {
  worker.postMessage(message, [...transfer]);
}
