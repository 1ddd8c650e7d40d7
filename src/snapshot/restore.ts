import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { Ages } from './ages.ts';
import { Unreadable } from './checked-text.ts';
import { diskFault, isMissing } from './disk-fault.ts';
import { HEADER_BYTES, type Header, readHeader } from './header.ts';
import { RejectedLines } from './rejected-lines.ts';
import { Restoration } from './restoration.ts';
import { type AnySource, NOTHING_RESTORED, type Restored } from './table-source.ts';
import { eachLine, wholeLines } from './whole-lines.ts';
import { AGES_FILE } from './write-ages.ts';
import { TABLE_FILE } from './write-snapshot.ts';

/** What a folder had. `bad`: why its snapshot is to be set aside; `null`: it is good, or there is none. */
export interface Reading {
  readonly restored: Restored;
  readonly bad: string | null;
}

/**
 * Reads a folder's snapshot and its ages, and changes nothing. Whatever is in them, it does not reject. For the start
 * of a process: it reads in long pieces. @param now Unix milliseconds
 */
export async function restore(
  folder: string,
  sources: readonly AnySource[],
  log: ComponentLog,
  now: number,
): Promise<Reading> {
  let file: FileHandle;
  try {
    file = await open(join(folder, TABLE_FILE), 'r');
  } catch (error) {
    const bad = reasonOf(error);
    return { restored: NOTHING_RESTORED, bad: isMissing(error) ? null : bad };
  }
  try {
    return await readTable(file, folder, sources, log, now);
  } finally {
    await file.close();
  }
}

async function readTable(
  file: FileHandle,
  folder: string,
  sources: readonly AnySource[],
  log: ComponentLog,
  now: number,
): Promise<Reading> {
  const header = await tableHeader(file);
  if (header instanceof Unreadable) return { restored: NOTHING_RESTORED, bad: header.reason };
  const rejected = new RejectedLines(join(folder, TABLE_FILE), log);
  const restoration = new Restoration(header, await readAges(folder, header, log), sources, rejected, now);
  let bad: string | null = null;
  try {
    for await (const block of wholeLines(file, HEADER_BYTES)) {
      eachLine(block, (line) => restoration.take(line));
    }
  } catch (error) {
    // What was read before holds.
    bad = reasonOf(error);
  }
  const restored = restoration.end();
  const { gone } = restoration;
  log.info('snapshot-restored', { folder, endpoints: restored.entries.length, gone, id: header.id });
  return { restored, bad };
}

async function tableHeader(file: FileHandle): Promise<Header | Unreadable> {
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return readHeader('cellgate-table', buffer.subarray(0, bytesRead));
  } catch (error) {
    return new Unreadable(reasonOf(error));
  }
}

/** Without them the lines' own times hold. */
async function readAges(folder: string, header: Header, log: ComponentLog): Promise<Ages> {
  const path = join(folder, AGES_FILE);
  let ages: Ages | Unreadable | null;
  try {
    ages = Ages.read(await readFile(path), header);
  } catch (error) {
    ages = isMissing(error) ? null : new Unreadable(reasonOf(error));
  }
  if (ages instanceof Unreadable) log.warn('snapshot-ages-ignored', { file: path, error: ages.reason });
  return ages instanceof Ages ? ages : Ages.NONE;
}

/** Throws what is a fault of our own. */
function reasonOf(error: unknown): string {
  const reason = diskFault(error);
  if (reason === null) throw error;
  return reason;
}
