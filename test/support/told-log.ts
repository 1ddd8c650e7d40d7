import type { ComponentLog, LogData } from '../../src/telemetry/component-log.ts';

interface Told {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  readonly data: LogData;
}

/** A log that keeps what it is told. */
export class ToldLog implements ComponentLog {
  readonly told: Told[] = [];

  debug(message: string, data: LogData = {}): void {
    this.told.push({ level: 'debug', message, data });
  }
  info(message: string, data: LogData = {}): void {
    this.told.push({ level: 'info', message, data });
  }
  warn(message: string, data: LogData = {}): void {
    this.told.push({ level: 'warn', message, data });
  }
  error(message: string, data: LogData = {}): void {
    this.told.push({ level: 'error', message, data });
  }
  fatal(message: string, data: LogData = {}): void {
    this.told.push({ level: 'fatal', message, data });
  }
  child(): ComponentLog {
    return this;
  }
  flush(): void {}

  /** The data of all lines with this message. */
  of(message: string): LogData[] {
    return this.told.filter((line) => line.message === message).map(({ data }) => data);
  }
}
