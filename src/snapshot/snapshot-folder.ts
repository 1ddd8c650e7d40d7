import { join } from 'node:path';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { FolderLock, HeldElsewhere } from './folder-lock.ts';
import { makeFolder } from './make-folder.ts';
import { setAside } from './set-aside.ts';
import { TABLE_FILE } from './write-snapshot.ts';

/** The folder as something to be owned: made, locked, and rid of what must not be written over. */
export class SnapshotFolder {
  readonly path: string;
  readonly #log: ComponentLog;
  /** `null`: it could not be had yet, or was taken away. */
  #lock: FolderLock | null = null;
  /** What was written went with a folder that was taken away, and nobody has been told. */
  #isLost = false;
  /** Why the snapshot that was found must be set aside before another is written. */
  #bad: string | null = null;

  constructor(path: string, log: ComponentLog) {
    this.path = path;
    this.#log = log;
  }

  get isOurs(): boolean {
    return this.#lock !== null;
  }

  /**
   * Sees to it that there is a folder, and that it is ours. `lost`: it is, but what was written to it went with the
   * one before; said once. Rejects with what is wrong with the disk.
   */
  async own(): Promise<'ours' | 'lost' | HeldElsewhere> {
    await makeFolder(this.path);
    if (this.#lock !== null) {
      if (await this.#lock.stands()) return 'ours';
      this.release();
      this.#isLost = true;
    }
    const taken = await FolderLock.take(this.path);
    if (taken instanceof HeldElsewhere) return taken;
    this.#lock = taken;
    const isLost = this.#isLost;
    this.#isLost = false;
    return isLost ? 'lost' : 'ours';
  }

  /** @param reason `null`: nothing is wrong with it */
  found(reason: string | null): void {
    this.#bad = reason;
  }

  /** @param now Unix milliseconds */
  async setBadAside(now: number): Promise<void> {
    if (this.#bad === null) return;
    const to = await setAside(join(this.path, TABLE_FILE), now);
    if (to !== null) this.#log.error('snapshot-set-aside', { file: to, error: this.#bad });
    this.#bad = null;
  }

  release(): void {
    this.#lock?.release();
    this.#lock = null;
  }
}
