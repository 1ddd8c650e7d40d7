import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { chmod, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const LOCK = 'lock.db';
/** Who has the lock: only to be told to others, and believed only while somebody has it. */
const HOLDER = 'lock.pid';
/** SQLite's result codes have more in their higher bits. */
const SQLITE_BUSY = 5;

/** The folder is another's. */
export class HeldElsewhere {
  /** The process; `null`: unknown. */
  readonly pid: number | null;

  constructor(pid: number | null) {
    this.pid = pid;
  }
}

/**
 * That one router has the folder. Node has no locks on files of its own, but brings SQLite, which has: a transaction
 * on a database that stays empty. The kernel gives the lock up with the process, however that ends.
 */
export class FolderLock {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #file: Stats;
  #state: 'held' | 'released' = 'held';

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#file = statSync(path);
  }

  /** Rejects with what is wrong with the folder. It takes about a millisecond, and waits for nobody. */
  static async take(folder: string): Promise<FolderLock | HeldElsewhere> {
    const path = join(folder, LOCK);
    const lock = FolderLock.#lock(path);
    if (lock === 'busy') return new HeldElsewhere(holder(folder));
    try {
      // By its name: were it opened here and closed again, the lock would be lost.
      await chmod(path, 0o600);
    } catch (error) {
      lock.release();
      throw error;
    }
    await name(folder);
    return lock;
  }

  static #lock(path: string): FolderLock | 'busy' {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path, { timeout: 0 });
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new FolderLock(path, database);
    } catch (error) {
      database?.close();
      if (isBusy(error)) return 'busy';
      // SQLite names no file.
      if (error instanceof Error) error.message += `, lock '${path}'`;
      throw error;
    }
  }

  /** `false`: the folder was removed or put in another's place, and whoever comes next may take the new one. */
  async stands(): Promise<boolean> {
    try {
      const { dev, ino } = await stat(this.#path);
      return dev === this.#file.dev && ino === this.#file.ino;
    } catch {
      return false;
    }
  }

  release(): void {
    if (this.#state === 'released') return;
    this.#state = 'released';
    this.#database.close();
  }
}

async function name(folder: string): Promise<void> {
  try {
    // Whatever has the name, be it a pipe or a link, is not written to.
    await rm(join(folder, HOLDER), { force: true });
    await writeFile(join(folder, HOLDER), `${process.pid}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    // Then others are told of the lock without it.
  }
}

function holder(folder: string): number | null {
  try {
    // Of a pipe nobody waits for the other end.
    const file = openSync(join(folder, HOLDER), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const pid = fstatSync(file).isFile() ? Number.parseInt(readFileSync(file, 'latin1'), 10) : 0;
      return pid > 0 ? pid : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' && (code & 0xff) === SQLITE_BUSY;
}
