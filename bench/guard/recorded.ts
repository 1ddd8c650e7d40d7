import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { CannotStart } from '../cannot-start.ts';
import type { Machine } from '../report/machine.ts';
import type { Ratios } from './rounds.ts';

const FILE = new URL('../results/guard.json', import.meta.url);

/** What `npm run bench:guard -- --record` left behind. */
interface Recorded {
  readonly machine: Machine;
  /** ISO 8601. */
  readonly finished: string;
  readonly ratios: Ratios;
}

/** @throws CannotStart when nothing was ever recorded */
export function readRecorded(): Recorded {
  if (!existsSync(FILE)) {
    throw new CannotStart('nothing to compare with: npm run bench:guard -- --record');
  }
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

export function writeRecorded(recorded: Recorded): void {
  const rounded = (_key: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value;
  const text = JSON.stringify(recorded, rounded, 2);
  writeFileSync(FILE, `${text.replaceAll(/\[\s+[-\d.e+,\s]+\]/g, (list) => list.replaceAll(/\s+/g, ' '))}\n`);
}
