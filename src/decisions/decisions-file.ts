import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { DecisionLog } from './decision-log.ts';
import { type ReadLog, type RejectedLine, readLogText, writeLogText } from './log-text.ts';
import { readRegularText } from './read-regular-text.ts';

const NAME = 'decisions.log';
/** Nobody but the router's own user has to do with what is decided. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const LOGGED_LINES = 10;
/** Far more than all steps that are kept of all decisions. */
const MOST_BYTES = 512 * 1024 * 1024;

/** What there is of a file. `carried`: what it held is in JetStream now. */
export type FilePresence = 'absent' | 'present' | 'carried';

/** The decisions of one router in its folder. Methods reject with the system's error. */
export class DecisionsFile {
  readonly path: string;
  readonly #carried: string;
  readonly #log: ComponentLog;

  constructor(folder: string, log: ComponentLog) {
    this.path = join(folder, NAME);
    this.#log = log;
    this.#carried = `${this.path}.carried`;
  }

  get presence(): FilePresence {
    if (existsSync(this.path)) return 'present';
    return existsSync(this.#carried) ? 'carried' : 'absent';
  }

  /**
   * A file that is not there holds nothing. What is damaged is set aside whole before anything writes over it, once,
   * however often it is read.
   */
  async read(): Promise<ReadLog> {
    let text: string;
    try {
      text = await readRegularText(this.path, MOST_BYTES);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { ok: true, log: DecisionLog.EMPTY, rejected: [] };
    }
    const read = readLogText(text);
    if (!read.ok || read.rejected.length === 0) return read;
    this.#logRejected(read.rejected);
    await copyFile(this.path, `${this.path}.bad-${crc32(text)}`);
    return read;
  }

  /** Whole or not at all, also when the machine loses power meanwhile. */
  async write(log: DecisionLog): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: FOLDER_MODE });
    const temporary = `${this.path}.new`;
    // Whatever has the name, be it a pipe or a link, is not written to.
    await removeIfThere(temporary);
    await inFile(temporary, 'wx', async (file) => {
      await file.writeFile(writeLogText(log));
      await file.sync();
    });
    await rename(temporary, this.path);
    await this.#syncFolder();
  }

  /** From now on JetStream has what is in it. */
  async markCarried(): Promise<void> {
    await rename(this.path, this.#carried);
    await this.#syncFolder();
  }

  #logRejected(lines: readonly RejectedLine[]): void {
    for (const { line, why } of lines.slice(0, LOGGED_LINES)) {
      this.#log.warn('decision-line-rejected', { file: this.path, line, error: why });
    }
    if (lines.length <= LOGGED_LINES) return;
    this.#log.warn('decision-lines-rejected', { file: this.path, lines: lines.length });
  }

  #syncFolder(): Promise<void> {
    return inFile(dirname(this.path), 'r', (folder) => folder.sync());
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

type Handle = Awaited<ReturnType<typeof open>>;

async function inFile(path: string, flags: string, use: (file: Handle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, FILE_MODE);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
