import { type LoggerOptions, pino } from 'pino';
import { LogClock } from '../time/log-clock.ts';
import type { LogDestination } from './standard-output.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';
export type LogData = Readonly<Record<string, unknown>>;
export type TimestampFormat = 'unix-epoch' | 'rfc3339';

/** From the most to the least: their places are gorouter's numbers for them. */
export const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];

/** Whom a line is from: a log, or a part of it. */
export interface LogPart {
  /** Names of the parts, outermost first; the first is the whole log. */
  readonly names: readonly string[];
  /** The names with dots between them. */
  readonly source: string;
  /** Which of the parts of its name it is, `2.1`; empty for the whole. */
  readonly session: string;
}

/** How a log's lines look. */
export interface LogShape {
  level: LogLevel;
  /** Whether the line was written; the level may leave it out. */
  write(level: LogLevel, part: LogPart, message: string, data: LogData): boolean;
}

/** gorouter's component log: one JSON object per line (docs/compatibility.md §6.7). */
export function gorouterShape(
  level: LogLevel,
  format: TimestampFormat,
  destination: LogDestination,
): LogShape {
  return shape(
    {
      level,
      formatters: { level: (label) => ({ log_level: LEVELS.indexOf(label as LogLevel) }) },
      timestamp:
        format === 'rfc3339'
          ? () => `,"timestamp":"${clock.rfc3339()}"`
          : () => `,"timestamp":${clock.now() / 1000}`,
    },
    destination,
    // All in one object, none as pino's own message: that keeps gorouter's order of fields.
    (_, { source }, message, data) => ({ message, source, data }),
  );
}

/** lager's levels; of its own there is none between info and error, and it takes warnings of others for errors. */
const LAGER_LEVELS = { debug: 0, info: 1, warn: 2, error: 2, fatal: 3 } as const;

/** cf-tcp-router's log, as lager writes it (docs/compatibility.md §7.1). */
export function lagerShape(level: LogLevel, format: TimestampFormat, destination: LogDestination): LogShape {
  const plain = format === 'unix-epoch';
  return shape(
    {
      level,
      // The time stands first: the level comes with the rest.
      formatters: { level: () => ({}) },
      timestamp: plain
        ? () => `"timestamp":"${(clock.now() / 1000).toFixed(9)}"`
        : () => `"timestamp":"${clock.rfc3339()}"`,
    },
    destination,
    (label, part, action, data) => {
      const { session } = part;
      const source = part.names[0]!;
      const message = `${part.source}.${action}`;
      const told = session === '' ? data : { ...data, session };
      return plain
        ? { source, message, log_level: LAGER_LEVELS[label], data: told }
        : { level: label === 'warn' ? 'error' : label, source, message, data: told };
    },
  );
}

function shape(
  options: LoggerOptions,
  destination: LogDestination,
  fields: (level: LogLevel, part: LogPart, message: string, data: LogData) => object,
): LogShape {
  const logger = pino({ base: null, serializers: { data: withErrorText }, ...options }, destination);
  return {
    get level() {
      return logger.level as LogLevel;
    },
    set level(level) {
      logger.level = level;
    },
    write(level, part, message, data) {
      if (!logger.isLevelEnabled(level)) return false;
      logger[level](fields(level, part, message, data));
      return true;
    },
  };
}

const clock = new LogClock();

function withErrorText(data: LogData): LogData {
  return data['error'] instanceof Error ? { ...data, error: errorText(data['error']) } : data;
}

/** Node's connection errors over several addresses have no message of their own. */
export function errorText(error: Error): string {
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
