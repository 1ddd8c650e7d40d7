import { pino } from 'pino';
import sonicBoom from 'sonic-boom';
import { guarded } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { LogClock } from '../time/log-clock.ts';
import { openPipe } from './open-pipe.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export type LogData = Readonly<Record<string, unknown>>;

/** Never throws and never waits for the reader of the log, but for `flush` and `fatal`. */
export interface ComponentLog {
  debug(message: string, data?: LogData): void;
  info(message: string, data?: LogData): void;
  warn(message: string, data?: LogData): void;
  error(message: string, data?: LogData): void;
  /** Flushes, since the process is about to end. */
  fatal(message: string, data?: LogData): void;
  /** The log of a part, `<source>.<component>`. */
  child(component: string): ComponentLog;
  /** Writes what is pending before it returns. */
  flush(): void;
}

export interface RootLog extends ComponentLog {
  /** Lines written by this log and its children, by level from debug to fatal. */
  readonly counts: readonly number[];
  /** Of this log and its children. */
  setLevel(level: LogLevel): void;
  /** Resolves when all is written in its order, or after a second in which nobody read it. */
  settle(): Promise<void>;
}

export interface ComponentLogOptions {
  readonly level: LogLevel;
  readonly source: string;
  readonly timestampFormat: 'unix-epoch' | 'rfc3339';
  /** Default: standard output, opened anew by every thread. */
  readonly destination?: LogDestination;
}

export interface LogDestination {
  write(line: string): void;
  flush(): void;
  settle?(): Promise<void>;
}

/** What one thread holds back while nobody reads; lines beyond are lost and counted. Bytes. */
const MAX_PENDING = 1 << 20;

/** PIPE_BUF: a pipe takes this much in one piece, so the lines of several threads do not mix. Bytes. */
const MAX_WRITE = 4096;

const SETTLE_LIMIT_MS = 1000;

/** Of 100 ms each, when a pipe that does not block is full. */
const FLUSH_RETRIES = 5;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];

/** gorouter's component log: one JSON object per line (docs/compatibility.md §6.7). */
export function createComponentLog(options: ComponentLogOptions): RootLog {
  const destination =
    options.destination ?? standardOutput((lines) => root.warn('component-log-lines-lost', { lines }));
  const logger = pino(
    {
      level: options.level,
      base: null,
      formatters: { level: (label) => ({ log_level: LEVELS.indexOf(label as LogLevel) }) },
      timestamp: options.timestampFormat === 'rfc3339' ? rfc3339 : unixEpoch,
      serializers: { data: withErrorText },
    },
    destination,
  );
  const counts = LEVELS.map(() => 0);
  const part = (source: string): ComponentLog => {
    const write = (level: LogLevel, message: string, data: LogData = {}): void => {
      try {
        // All in one object, none as pino's own message: that keeps gorouter's order of fields.
        logger[level]({ message, source, data });
        if (logger.isLevelEnabled(level)) counts[LEVELS.indexOf(level)]!++;
      } catch {
        // A log line is not worth the request or the process it is about.
      }
    };
    return {
      debug: (message, data) => write('debug', message, data),
      info: (message, data) => write('info', message, data),
      warn: (message, data) => write('warn', message, data),
      error: (message, data) => write('error', message, data),
      fatal: (message, data) => {
        write('fatal', message, data);
        destination.flush();
      },
      child: (component) => part(`${source}.${component}`),
      flush: () => destination.flush(),
    };
  };
  const root = part(options.source);
  return {
    ...root,
    counts,
    setLevel: (level) => {
      logger.level = level;
    },
    settle: async () => destination.settle?.(),
  };
}

/** @param reportLost told of lines that did not fit, once there is room again */
function standardOutput(reportLost: (lines: number) => void): LogDestination {
  let state: 'open' | 'closed' = 'open';
  let lost = 0;
  let retries = Number.POSITIVE_INFINITY;
  const stream = new sonicBoom.SonicBoom({
    fd: openPipe('/dev/fd/1') ?? 1,
    sync: false,
    maxLength: MAX_PENDING,
    maxWrite: MAX_WRITE,
    retryEAGAIN: () => retries-- > 0,
  });
  on(stream, 'error', ONE_MESSAGE, (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') state = 'closed';
  });
  on(stream, 'drop', ONE_MESSAGE, () => lost++);
  on(stream, 'drain', ONE_MESSAGE, () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    reportLost(lines);
  });
  return {
    write(line) {
      if (state === 'open') stream.write(line);
    },
    settle() {
      if (state === 'closed') return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const limit = after(SETTLE_LIMIT_MS, ONE_MESSAGE, resolve);
      stream.flush(guarded(ONE_MESSAGE, () => resolve()));
      return promise.finally(() => clearTimeout(limit));
    },
    flush() {
      if (state === 'closed') return;
      retries = FLUSH_RETRIES;
      try {
        stream.flushSync();
      } catch {
        // Nobody reads: there is nowhere to say so.
      }
      retries = Number.POSITIVE_INFINITY;
    },
  };
}

const clock = new LogClock();

function rfc3339(): string {
  return `,"timestamp":"${clock.rfc3339()}"`;
}

function unixEpoch(): string {
  return `,"timestamp":${clock.now() / 1000}`;
}

function withErrorText(data: LogData): LogData {
  return data['error'] instanceof Error ? { ...data, error: errorText(data['error']) } : data;
}

/** Node's connection errors over several addresses have no message of their own. */
function errorText(error: Error): string {
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
