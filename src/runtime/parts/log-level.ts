import type { LogLevel, RootLog } from '../../telemetry/component-log.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { Part, Reload } from './part.ts';

/** The level of the component log on all threads. */
export class LogLevelPart implements Part {
  readonly name = 'log level';
  readonly #log: RootLog;
  readonly #threads: ProxyThreads;
  #level: LogLevel;

  constructor(level: LogLevel, log: RootLog, threads: ProxyThreads) {
    this.#level = level;
    this.#log = log;
    this.#threads = threads;
  }

  get(): LogLevel {
    return this.#level;
  }

  /** Until the next reload or change. */
  set(level: LogLevel): void {
    this.#level = level;
    this.#log.setLevel(level);
    this.#threads.setLogLevel(level);
  }

  reload({ config }: Reload): void {
    this.set(config.logging.level);
  }
}
