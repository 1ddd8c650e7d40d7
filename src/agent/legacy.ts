import { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BusAnnouncement } from './route/announcement.ts';

/** What an agent that takes nothing back, or is killed, leaves to the next one. */
export interface Legacy {
  /** Names of routes that a command has drained: their applications may be about to stop. */
  readonly drained: readonly string[];
  /** What routers have been told, and what nobody could tell them is gone: it is taken back if nobody wants it any more. */
  readonly announced: readonly BusAnnouncement[];
}

const FILE = 'left.json';
/** Routers have forgotten most of it by then. Milliseconds. */
const LASTS_MS = 600_000;

/** Writes it into the state folder. Throws what the system says. */
export function leaveLegacy(folder: string, legacy: Legacy): void {
  const path = join(folder, FILE);
  const first = `${path}.new`;
  rmSync(first, { force: true });
  writeFileSync(first, JSON.stringify(legacy), { mode: 0o600, flag: 'wx' });
  renameSync(first, path);
}

/** It is as it was. Throws what the system says. */
export function renewLegacy(folder: string): void {
  const path = join(folder, FILE);
  const now = new Date();
  if (existsSync(path)) utimesSync(path, now, now);
}

export function dropLegacy(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/** Takes what the agent before has left, if it has lately. Throws what the system says, and for what is none. */
export function takeLegacy(folder: string): Legacy | null {
  const path = join(folder, FILE);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  try {
    // Either way: a clock may have been set back since.
    if (Math.abs(Date.now() - stats.mtimeMs) > LASTS_MS) return null;
    const legacy = JSON.parse(readFileSync(path, 'utf8'));
    if (!isLegacy(legacy)) throw new Error(`${path} is not what an agent leaves`);
    return legacy;
  } finally {
    rmSync(path, { force: true });
  }
}

function isLegacy(value: Legacy | null): value is Legacy {
  return isTexts(value?.drained) && Array.isArray(value?.announced) && value.announced.every(isAnnouncement);
}

function isAnnouncement(value: Partial<BusAnnouncement> | null): boolean {
  const { kind, uris, address, fields } = value ?? {};
  return (
    kind === 'bus' &&
    isTexts(uris) &&
    typeof address === 'string' &&
    typeof fields === 'object' &&
    fields !== null
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
