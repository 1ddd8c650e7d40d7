import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { Ages, MOST_AGES_BYTES } from './ages.ts';
import { Unreadable } from './checked-text.ts';
import { HEADER_BYTES, type Header, readHeader } from './header.ts';
import { diskReason, readRegular } from './read-regular.ts';
import { MOST_BYTES } from './recording.ts';
import { RejectedLines } from './rejected-lines.ts';
import { Restoration } from './restoration.ts';
import { type AnySource, NOTHING_RESTORED, type Restored } from './table-source.ts';
import { eachPlace, wholeLines } from './whole-lines.ts';
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
  const path = join(folder, TABLE_FILE);
  const reading = await readRegular(path, HEADER_BYTES + MOST_BYTES, async (file) => {
    const header = await tableHeader(file);
    if (header instanceof Unreadable) return header;
    const ages = await readAges(folder, header, log);
    const rejected = new RejectedLines(path, log);
    const restoration = new Restoration(header, ages, sources, rejected, now);
    const bad = await takeLines(file, restoration);
    const restored = restoration.end();
    const { endpoints, gone } = restoration;
    log.info('snapshot-restored', { folder, endpoints, gone, id: header.id });
    return { restored, bad };
  });
  if (!(reading instanceof Unreadable)) return reading ?? { restored: NOTHING_RESTORED, bad: null };
  return { restored: NOTHING_RESTORED, bad: reading.reason };
}

async function tableHeader(file: FileHandle): Promise<Header | Unreadable> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return readHeader('cellgate-table', buffer.subarray(0, bytesRead));
}

/** Answers what ended it too early: the lines before that hold. */
async function takeLines(file: FileHandle, restoration: Restoration): Promise<string | null> {
  try {
    for await (const block of wholeLines(file, HEADER_BYTES)) {
      eachPlace(block, (start, end) => restoration.take(block, start, end));
    }
    return null;
  } catch (error) {
    return diskReason(error);
  }
}

/** Without them the lines' own times hold. */
async function readAges(folder: string, header: Header, log: ComponentLog): Promise<Ages> {
  const path = join(folder, AGES_FILE);
  const ages = await readRegular(path, MOST_AGES_BYTES, async (file) =>
    Ages.read(await file.readFile(), header),
  );
  if (ages instanceof Unreadable) log.warn('snapshot-ages-ignored', { file: path, error: ages.reason });
  return ages instanceof Ages ? ages : Ages.none(header);
}
