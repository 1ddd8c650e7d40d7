import {
  type BigIntStats,
  linkSync,
  lstatSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';

/** Another agent has the folder. */
export class FolderTaken extends Error {
  override readonly name = 'FolderTaken';

  constructor(folder: string) {
    super(
      `another agent runs with the state folder ${folder}: take over with --handover, or choose another --state-dir`,
    );
  }
}

/** Each time others have been faster, and have ended meanwhile. */
const TRIES = 20;
const REST_MS = 50;
const LONGEST_LOCK_MS = 10_000;

/** A path that one process has at a time, by a socket on which it listens: with the process ends its claim. */
export class SocketPlace {
  readonly #path: string;
  readonly #inode: number;
  #state: 'wanted' | 'held' | 'left' = 'wanted';

  /** @param inode of our socket */
  constructor(path: string, inode: number) {
    this.#path = path;
    this.#inode = inode;
  }

  /** As long as no other has put its socket there, also once we have left. */
  get isOurs(): boolean {
    if (this.#state === 'wanted') return false;
    const found = inodeOf(this.#path);
    return found === null || found === this.#inode;
  }

  /**
   * Moves our socket to the path, unless somebody listens there. Of several that do this at the same time one succeeds.
   * @throws {FolderTaken | Error}
   */
  async claim(socket: string): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (isLinked(socket, this.#path)) {
        this.#state = 'held';
        unlinkSync(socket);
        return;
      }
      const found = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
      if (found === undefined) continue;
      if (!found.isSocket()) throw new Error('it is no socket');
      if (await isAnswered(this.#path)) throw this.#taken();
      if (this.#hasReplaced(found, socket)) {
        this.#state = 'held';
        return;
      }
      await delay(REST_MS);
    }
    throw this.#taken();
  }

  /** Moves our socket to the path, whoever listens there. */
  seize(socket: string): void {
    renameSync(socket, this.#path);
    this.#state = 'held';
  }

  /** For whoever comes next. What another has put there stays. */
  leave(): void {
    if (this.#state === 'held' && inodeOf(this.#path) === this.#inode) unlinkSync(this.#path);
    this.#state = 'left';
  }

  /** Puts ours in the place of one to which nobody listens, and of no other: others may do the same at this moment. */
  #hasReplaced({ ino, ctimeNs }: BigIntStats, socket: string): boolean {
    const lock = `${this.#path}.lock`;
    try {
      writeFileSync(lock, '', { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // Nobody has it for more than a moment, who is not killed in that.
      const since = lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Math.abs(Date.now() - since) > LONGEST_LOCK_MS) rmSync(lock, { force: true });
      return false;
    }
    try {
      const there = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
      if (there?.ino !== ino || there.ctimeNs !== ctimeNs) return false;
      renameSync(socket, this.#path);
      return true;
    } finally {
      rmSync(lock, { force: true });
    }
  }

  #taken(): FolderTaken {
    return new FolderTaken(dirname(this.#path));
  }
}

function inodeOf(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

/** False: there is something at the other path. */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whoever is too busy to take connections is there, too. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    once(probe, 'connect', ONE_MESSAGE, () => {
      probe.destroy();
      resolve(true);
    });
    on(probe, 'error', ONE_MESSAGE, ({ code = '' }: NodeJS.ErrnoException) =>
      resolve(!['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(code)),
    );
  });
}
