import {
  gorouterShape,
  LEVELS,
  type LogData,
  type LogLevel,
  type LogPart,
  type LogShape,
  lagerShape,
  type TimestampFormat,
} from './log-shape.ts';
import { type LogDestination, standardOutput } from './standard-output.ts';
import { terminalShape } from './terminal-shape.ts';

export type { LogData, LogLevel } from './log-shape.ts';

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
  readonly timestampFormat: TimestampFormat;
  /** Whose log it looks like: gorouter's, by lager that of cf-tcp-router, or one for people. Default: gorouter's. */
  readonly shape?: 'gorouter' | 'lager' | 'terminal';
  /** Default: standard output, opened anew by every thread. */
  readonly destination?: LogDestination;
}

/** The log of what happens to the router and in it (docs/compatibility.md §6.7). */
export function createComponentLog(options: ComponentLogOptions): RootLog {
  const destination =
    options.destination ?? standardOutput((lines) => root.warn('component-log-lines-lost', { lines }));
  const shape = shapeOf(options, destination);
  const counts = LEVELS.map(() => 0);
  const part = (about: LogPart): ComponentLog => {
    let sessions = 0;
    const write = (level: LogLevel, message: string, data: LogData = {}): void => {
      try {
        if (shape.write(level, about, message, data)) counts[LEVELS.indexOf(level)]!++;
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
      child: (component) => {
        const session = about.session === '' ? String(++sessions) : `${about.session}.${++sessions}`;
        return part({
          names: [...about.names, component],
          source: `${about.source}.${component}`,
          session,
        });
      },
      flush: () => destination.flush(),
    };
  };
  const root = part({ names: [options.source], source: options.source, session: '' });
  return {
    ...root,
    counts,
    setLevel: (level) => {
      shape.level = level;
    },
    settle: async () => destination.settle?.(),
  };
}

function shapeOf(
  { shape, level, timestampFormat }: ComponentLogOptions,
  destination: LogDestination,
): LogShape {
  switch (shape) {
    case 'terminal':
      return terminalShape(level, destination);
    case 'lager':
      return lagerShape(level, timestampFormat, destination);
    default:
      return gorouterShape(level, timestampFormat, destination);
  }
}
