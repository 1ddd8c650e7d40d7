import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Door } from '../../http/connection/client.ts';
import type { HttpSettings } from '../../http/settings.ts';
import type { FailedEndpoint } from '../../routing/change.ts';
import type { RouteBatch } from '../../routing/route-batch.ts';
import type { ThreadTallies } from '../../status/varz.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import type { TcpPort } from '../../tcp/table/route.ts';
import type { ComponentLog, LogLevel } from '../../telemetry/component-log.ts';
import { StartError } from '../settings/start-error.ts';
import type { TcpMessage } from '../tcp/tcp-messages.ts';
import type { RouteFeed } from './route-feed.ts';
import type { SharedMemory } from './shared-memory.ts';
import type { FromProxyThread, ProxyThreadData, ToProxyThread } from './thread-messages.ts';

/** Young generation of a proxy thread, MiB: large enough that a request's garbage is gone before it is ever copied. */
const YOUNG_GENERATION_MB = 64;
/** What it begins with: left to grow, it stays at 1 MiB, and requests under way are copied by collections (0013). */
const FIRST_SEMI_SPACE_MB = 8;
const RESTART_DELAY_MS = 100;
/** A thread that has not ended by itself by then is stuck. */
const STOP_LIMIT_MS = 5000;

type ThreadData = Omit<ProxyThreadData, 'thread' | 'shared'>;

export interface ProxyThreadsOptions {
  readonly count: number;
  readonly data: ThreadData;
  readonly memory: SharedMemory;
  readonly routes: Pick<RouteFeed, 'follow' | 'leave'>;
  onEndpointFailed(failed: FailedEndpoint): void;
  /** Null: no TCP router. */
  readonly tcp: {
    snapshot(): readonly TcpPort[];
    onMessage(message: TcpMessage): void;
  } | null;
  readonly log: ComponentLog;
}

interface OpenDoor {
  readonly door: Door;
  readonly host: string;
  readonly port: number;
}

type State =
  | { readonly kind: 'starting' }
  | { readonly kind: 'listening'; readonly doors: readonly OpenDoor[] }
  | { readonly kind: 'ending' };

/** The control thread's side of the proxy threads: starts them, feeds them, replaces one that dies. */
export class ProxyThreads {
  readonly #options: ProxyThreadsOptions;
  readonly #alive = new Map<number, Worker>();
  /** Resolves when a thread has been sent the whole table. */
  readonly #informed = new WeakMap<Worker, Promise<void>>();
  #data: ThreadData;
  #state: State = { kind: 'starting' };

  constructor(options: ProxyThreadsOptions) {
    this.#options = options;
    // There is no such resource limit of a Worker; isolates made from here on read the flag.
    setFlagsFromString(`--min-semi-space-size=${FIRST_SEMI_SPACE_MB}`);
    // The launcher's, for the control thread.
    setFlagsFromString('--max-semi-space-size=0');
    this.#data = options.data;
    for (let thread = 0; thread < options.count; thread++) this.#connectPeers(thread, this.#start(thread));
  }

  feedTcp(ports: readonly TcpPort[]): void {
    this.#tellAll({ kind: 'tcp-ports', ports });
  }

  /**
   * Opens one more port on every thread; the first one finds out which when `port` is 0. Rejects with a system error,
   * or a `StartError` when a thread did not live to do it.
   */
  async listen(door: Door, host: string, port: number): Promise<number> {
    let actual = port;
    for (let thread = 0; thread < this.#options.count; thread++) {
      actual = await listenOn(this.#alive.get(thread), { door, host, port: actual });
    }
    const open = this.#state.kind === 'listening' ? this.#state.doors : [];
    this.#state = { kind: 'listening', doors: [...open, { door, host, port: actual }] };
    return actual;
  }

  /** Without a port that is open from the start: from now on a thread that dies is replaced. */
  serve(): void {
    if (this.#state.kind === 'starting') this.#state = { kind: 'listening', doors: [] };
  }

  /** For the threads there are and those that will be. */
  reload(settings: HttpSettings, level: LogLevel): void {
    this.#data = { ...this.#data, settings, log: { ...this.#data.log, level } };
    this.#tellAll({ kind: 'settings', settings, level });
  }

  /** TLS of TCP routes, from now on. */
  reloadTcp(tcp: TcpSettings): void {
    this.#data = { ...this.#data, tcp };
    this.#tellAll({ kind: 'tcp-settings', settings: tcp });
  }

  /** Ids of the applications that had requests since this was last asked, each once, on whatever threads. */
  async activeApps(): Promise<string[]> {
    const answers = this.#answers('active-apps');
    this.#tellAll({ kind: 'tell-active-apps' });
    const apps = new Set<string>();
    for (const answer of await answers) {
      if (answer === 'exit' || answer.kind !== 'active-apps') continue;
      for (const app of answer.apps) if (app !== '') apps.add(app);
    }
    return [...apps];
  }

  get count(): number {
    return this.#options.count;
  }

  /** Of the component log, for the threads there are and those that will be. */
  setLogLevel(level: LogLevel): void {
    this.#data = { ...this.#data, log: { ...this.#data.log, level } };
    this.#tellAll({ kind: 'log-level', level });
  }

  /** As JSON. Rejects when the thread is gone, or goes meanwhile. */
  async cpuProfile(thread: number, milliseconds: number): Promise<string> {
    const worker = this.#worker(thread);
    const answer = reply(worker, ({ kind }) => kind === 'cpu-profile');
    say(worker, { kind: 'profile-cpu', milliseconds });
    const message = await answer;
    if (message !== 'exit' && message.kind === 'cpu-profile' && message.profile !== '')
      return message.profile;
    throw new Error(`thread ${thread} could not be profiled`);
  }

  async heapSnapshot(thread: number): Promise<Readable> {
    return this.#worker(thread).getHeapSnapshot();
  }

  /** What every thread counts for `/varz`. */
  async varzTallies(): Promise<ThreadTallies[]> {
    const answers = this.#answers('varz');
    this.#tellAll({ kind: 'tell-varz' });
    return (await answers).filter((answer) => answer !== 'exit' && answer.kind === 'varz');
  }

  /** Has every thread open its access log anew, after the file was moved away. */
  reopenLogs(): void {
    this.#tellAll({ kind: 'reopen' });
  }

  closeGently(): void {
    this.#tellAll({ kind: 'close-gently' });
  }

  /**
   * Closes the ports and idle connections; resolves when no connection is left on any thread. `onBegin` is told
   * how many connections there are in use, and idle, once every thread has said so.
   */
  async drain(onBegin: (active: number, idle: number) => void): Promise<void> {
    this.#state = { kind: 'ending' };
    const begun = this.#answers('draining').then((answers) => {
      let active = 0;
      let idle = 0;
      for (const answer of answers) {
        if (answer === 'exit' || answer.kind !== 'draining') continue;
        active += answer.active;
        idle += answer.idle;
      }
      onBegin(active, idle);
    });
    await Promise.all([begun, this.#askAll({ kind: 'drain' }, 'drained')]);
  }

  async stop(): Promise<void> {
    this.#state = { kind: 'ending' };
    const workers = [...this.#alive.values()];
    const limit = new AbortController();
    const late = delay(STOP_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {});
    await Promise.race([this.#askAll({ kind: 'stop' }, 'exit'), late]);
    limit.abort();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Resolves when every thread has answered, or is gone. */
  async #askAll(request: ToProxyThread, answer: FromProxyThread['kind'] | 'exit'): Promise<void> {
    const answers = this.#answers(answer);
    this.#tellAll(request);
    await answers;
  }

  #answers(answer: FromProxyThread['kind'] | 'exit'): Promise<(FromProxyThread | 'exit')[]> {
    return Promise.all(
      [...this.#alive.values()].map((worker) => reply(worker, ({ kind }) => kind === answer)),
    );
  }

  #worker(thread: number): Worker {
    const worker = this.#alive.get(thread);
    if (worker === undefined) throw new Error(`thread ${thread} is being replaced`);
    return worker;
  }

  #tellAll(message: ToProxyThread): void {
    for (const worker of this.#alive.values()) say(worker, message);
  }

  #start(thread: number): Worker {
    const { memory, routes, tcp, log } = this.#options;
    memory.epochs.restart(thread);
    const worker = new Worker(new URL('./proxy-thread.ts', import.meta.url), {
      name: `proxy-${thread}`,
      workerData: { ...this.#data, shared: memory.buffers, thread } satisfies ProxyThreadData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker.on('error', (error: Error) =>
      log.error('proxy-thread-failed', { thread, error: error.stack ?? String(error) }),
    );
    worker.on('exit', (code) => this.#onExit(thread, code));
    worker.on('message', (message: FromProxyThread) => {
      if (message.kind === 'endpoint-failed') this.#options.onEndpointFailed(message.failed);
      else if (message.kind === 'tcp-listening' || message.kind === 'tcp-report') tcp?.onMessage(message);
    });
    const deliver = (batch: RouteBatch) => say(worker, { kind: 'routes', batch });
    this.#informed.set(worker, routes.follow(deliver));
    worker.once('exit', () => routes.leave(deliver));
    if (tcp !== null) say(worker, { kind: 'tcp-ports', ports: tcp.snapshot() });
    this.#alive.set(thread, worker);
    return worker;
  }

  #connectPeers(thread: number, worker: Worker): void {
    for (const [other, peer] of this.#alive) {
      if (other === thread) continue;
      const { port1, port2 } = new MessageChannel();
      say(worker, { kind: 'peer', thread: other, line: port1 }, [port1]);
      say(peer, { kind: 'peer', thread, line: port2 }, [port2]);
    }
  }

  #onExit(thread: number, code: number): void {
    this.#alive.delete(thread);
    if (this.#state.kind === 'ending') return;
    this.#options.log.error('proxy-thread-exited', { thread, code });
    setTimeout(() => void this.#replace(thread), RESTART_DELAY_MS);
  }

  /** A thread that dies before the port is open is not replaced: `listen` says so, and the router does not start. */
  async #replace(thread: number): Promise<void> {
    const state = this.#state;
    if (state.kind !== 'listening') return;
    this.#options.memory.settle(thread);
    const worker = this.#start(thread);
    try {
      await this.#informed.get(worker);
      for (const door of state.doors) await listenOn(worker, door);
    } catch (error) {
      this.#options.log.error('proxy-thread-cannot-listen', { thread, error });
      // Its end starts the next attempt.
      void worker.terminate();
      return;
    }
    // Only now: a thread that is still starting would keep a connection handed over to it waiting.
    if (this.#alive.get(thread) === worker) this.#connectPeers(thread, worker);
    this.#options.log.info('proxy-thread-replaced', { thread });
  }
}

async function listenOn(worker: Worker | undefined, door: OpenDoor): Promise<number> {
  const ended = new StartError('a proxy thread ended as soon as it started');
  if (worker === undefined) throw ended;
  const answer = reply(worker, ({ kind }) => kind === 'listening' || kind === 'listen-failed');
  say(worker, { kind: 'listen', ...door });
  const message = await answer;
  if (message === 'exit') throw ended;
  if (message.kind === 'listening') return message.port;
  const { code, message: text } = message as Extract<FromProxyThread, { kind: 'listen-failed' }>;
  throw Object.assign(new Error(text), { code });
}

/** The wanted message, or `exit` when the thread ends without saying it. */
function reply(
  worker: Worker,
  wanted: (message: FromProxyThread) => boolean,
): Promise<FromProxyThread | 'exit'> {
  return new Promise((resolve) => {
    const onExit = () => resolve('exit');
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
