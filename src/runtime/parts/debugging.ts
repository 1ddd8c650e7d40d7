import { getHeapSnapshot } from 'node:v8';
import { hostPort } from '../../address/host-port.ts';
import { createDebugServer, type ThreadName } from '../../status/debug-server.ts';
import { listen, type StatusListener, type StatusServer } from '../../status/listen.ts';
import type { ComponentLog, LogLevel } from '../../telemetry/component-log.ts';
import { hostAndPort } from '../settings/host-and-port.ts';
import { cpuProfile } from '../threads/cpu-profile.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { Part } from './part.ts';

const KEY = 'debug_addr';
/** Elsewhere anybody who reaches the port may read what is in memory. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

export interface DebuggingOptions {
  /** `debug_addr`; empty: there is no debug server. */
  readonly address: string;
  readonly threads: ProxyThreads;
  /** Of all threads. */
  readonly level: { get(): LogLevel; set(level: LogLevel): void };
  /** `logging.format.timestamp`, which the log tells as gorouter does. */
  readonly format: string;
  readonly log: ComponentLog;
}

/** The debug server; where it cannot be opened the log says so and the router goes on without, as gorouter does. */
export class DebuggingPart implements Part {
  readonly name = 'debugging';
  readonly #options: DebuggingOptions;
  #listener: StatusListener | null = null;

  constructor(options: DebuggingOptions) {
    this.#options = options;
  }

  /** `null`: it is not open. */
  get port(): number | null {
    return this.#listener?.port ?? null;
  }

  async start(): Promise<void> {
    const { address, level, format, log } = this.#options;
    if (address === '') return;
    try {
      const { host, port } = hostAndPort(KEY, address, 0);
      const listener = await listen(this.#server(host), { host, port, purpose: 'debug', setting: KEY });
      this.#listener = listener;
      if (!LOOPBACK.test(host)) log.warn('debugserver-exposed', { address });
      log.info('debugserver-started', {
        address: hostPort(host, listener.port),
        log_level: level.get(),
        log_format: format,
      });
    } catch (error) {
      log.error('failed-to-start-debug-server', { error });
    }
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
  }

  #server(host: string): StatusServer {
    const { threads, level, log } = this.#options;
    return createDebugServer({
      get proxyThreads() {
        return threads.running;
      },
      host,
      get logLevel() {
        return level.get();
      },
      set logLevel(wanted) {
        level.set(wanted);
        log.info('log-level-changed', { level: wanted });
      },
      profile: (thread, milliseconds) =>
        thread === 'control' ? cpuProfile(milliseconds) : threads.cpuProfile(thread, milliseconds),
      heapSnapshot: async (thread: ThreadName) =>
        thread === 'control' ? getHeapSnapshot() : threads.heapSnapshot(thread),
    });
  }
}
