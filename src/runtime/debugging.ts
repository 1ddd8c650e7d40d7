import { getHeapSnapshot } from 'node:v8';
import { createDebugServer, type ThreadName } from '../status/debug-server.ts';
import { listen, type StatusListener } from '../status/listen.ts';
import type { ComponentLog, LogLevel } from '../telemetry/component-log.ts';
import { hostAndPort } from './settings/host-and-port.ts';
import { cpuProfile } from './threads/cpu-profile.ts';
import type { ProxyThreads } from './threads/proxy-threads.ts';

const KEY = 'debug_addr';
/** Elsewhere anybody who reaches the port may read what is in memory. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

export interface DebuggingOptions {
  /** `debug_addr`, not empty. */
  readonly address: string;
  readonly threads: ProxyThreads;
  /** Of all threads. */
  readonly level: { get(): LogLevel; set(level: LogLevel): void };
  /** `logging.format.timestamp`, which the log tells as gorouter does. */
  readonly format: string;
  readonly log: ComponentLog;
}

/** Opens the debug server; where it cannot be opened the log says so and the router goes on without, as gorouter does. */
export async function startDebugging(options: DebuggingOptions): Promise<StatusListener | null> {
  const { address, threads, level, format, log } = options;
  try {
    const { host, port } = hostAndPort(KEY, address, 0);
    const server = createDebugServer({
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
    const listener = await listen(server, { host, port, purpose: 'debug', setting: KEY });
    if (!LOOPBACK.test(host)) log.warn('debugserver-exposed', { address });
    log.info('debugserver-started', {
      address: `${host}:${listener.port}`,
      log_level: level.get(),
      log_format: format,
    });
    return listener;
  } catch (error) {
    log.error('failed-to-start-debug-server', { error });
    return null;
  }
}
