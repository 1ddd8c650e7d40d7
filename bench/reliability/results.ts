import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from '../report/machine.ts';
import type { Outcome } from './figure.ts';

/** The last full measurement of a figure. */
export interface Result extends Outcome {
  readonly id: string;
  readonly what: string;
  readonly machine: Machine;
  /** ISO 8601. */
  readonly finished: string;
}

const DIRECTORY = new URL('../results/', import.meta.url);
const FILE = new URL('reliability.json', DIRECTORY);

/** Puts a result in the place of the figure's last; returns all there are, by id. */
export function keepResult(result: Result): Result[] {
  const others = readResults().filter(({ id }) => id !== result.id);
  const results = [...others, result].sort((a, b) => a.id.localeCompare(b.id));
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);
  return results;
}

function readResults(): Result[] {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
