import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal } from './journal.ts';
import { type Legacy, NOTHING_LEFT } from './legacy.ts';
import type { BusAnnouncement } from './route/announcement.ts';

const FILE = 'left.json';
const JOURNAL = 'left.log';
/** Routers have forgotten most of it by then. Milliseconds. */
const LASTS_MS = 600_000;

/** Where what has been announced since the file was written is noted, a line for each. */
export function journalIn(folder: string): string {
  return join(folder, JOURNAL);
}

/** Writes it into the state folder. Throws what the system says. */
export function leaveLegacy(folder: string, legacy: Legacy): void {
  const path = join(folder, FILE);
  const first = `${path}.new`;
  rmSync(first, { force: true });
  writeFileSync(first, JSON.stringify(legacy), { mode: 0o600, flag: 'wx' });
  renameSync(first, path);
}

export function dropLegacy(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/**
 * What the agent before has left, if it has lately. It stays there, for the case that this agent is killed at once.
 * Throws what the system says, and for what is none.
 */
export function readLegacy(folder: string): Legacy | null {
  const [left, noted] = [join(folder, FILE), journalIn(folder)].map(lately);
  if (left === null && noted === null) return null;
  const legacy: unknown = left === null ? NOTHING_LEFT : JSON.parse(readFileSync(left!, 'utf8'));
  if (!isLegacy(legacy)) throw new Error(`${left} is not what an agent leaves`);
  const since = noted === null ? [] : readJournal(noted!).filter(isAnnouncement);
  return { ...legacy, announced: [...legacy.announced, ...since] };
}

/** The path, where there is a file that has been written lately. */
function lately(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  // Either way: a clock may have been set back since.
  return stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) <= LASTS_MS ? path : null;
}

function isLegacy(value: unknown): value is Legacy {
  const { drained, stopping, announced } = (value ?? {}) as Partial<Record<keyof Legacy, unknown>>;
  return isTexts(drained) && isTexts(stopping) && Array.isArray(announced) && announced.every(isAnnouncement);
}

function isAnnouncement(value: unknown): value is BusAnnouncement {
  const { kind, uris, address, fields } = (value ?? {}) as Partial<Record<keyof BusAnnouncement, unknown>>;
  return (
    kind === 'bus' &&
    isTexts(uris) &&
    typeof address === 'string' &&
    typeof fields === 'object' &&
    fields !== null
  );
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
