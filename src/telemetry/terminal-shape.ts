import { inspect } from 'node:util';
import { timeOfDay } from '../time/time-of-day.ts';
import { systemTime } from '../time/wall-clock.ts';
import { errorText, LEVELS, type LogData, type LogLevel, type LogShape } from './log-shape.ts';
import type { LogDestination } from './standard-output.ts';

const LONGEST_LEVEL = Math.max(...LEVELS.map(({ length }) => length));
const DEPTH = 4;
/** A value that is told from its neighbours as it stands. */
const PLAIN = /^[\x21-\x7e]+$/;

/** For people at a terminal: a line is its time, its level, who says what, and what is not empty of the rest. */
export function terminalShape(level: LogLevel, destination: LogDestination): LogShape {
  return {
    level,
    write(of, { names }, message, data) {
      if (LEVELS.indexOf(of) < LEVELS.indexOf(this.level)) return false;
      // The first is the whole log, and the same in all lines.
      const said = [...names.slice(1), message].join(': ');
      const line = `${timeOfDay(systemTime())}  ${of.padEnd(LONGEST_LEVEL)}  ${said}${dataText(data)}`;
      destination.write(`${printable(line)}\n`);
      return true;
    },
  };
}

function dataText(data: LogData): string {
  return Object.entries(data)
    .map(([name, value]) => [name, valueText(value)])
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `  ${name}=${text}`)
    .join('');
}

/** Empty for what is. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.length === 0) return '';
  const told = value instanceof Error ? errorText(value) : value;
  if (typeof told !== 'string') {
    return inspect(told, { depth: DEPTH, breakLength: Number.POSITIVE_INFINITY, compact: true });
  }
  return told === '' || PLAIN.test(told) ? told : JSON.stringify(told);
}

/** Some of it came over the network, and a terminal must not obey it. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
