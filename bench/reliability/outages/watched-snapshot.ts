import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import { monotonic } from '../monotonic.ts';

const LOOK_MS = 5;
const PATIENCE_MS = 30_000;

/** From when to when, `monotonic`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The snapshot in a router's folder, which is written under another name first. */
export class WatchedSnapshot {
  readonly #path: string;
  readonly #draft: string;
  #last: number;

  constructor(folder: string) {
    this.#path = join(folder, 'table.snapshot');
    this.#draft = join(folder, 'table.snapshot.tmp');
    this.#last = inodeOf(this.#path);
  }

  get bytes(): number {
    return statSync(this.#path).size;
  }

  /** Resolves when it has been written once more, with the time from the first byte to the new name. */
  async written(): Promise<Window> {
    const deadline = monotonic() + PATIENCE_MS;
    let from = 0;
    for (;;) {
      const now = monotonic();
      const inode = inodeOf(this.#path);
      if (inode !== this.#last) {
        this.#last = inode;
        return { from: from === 0 ? now : from, to: now };
      }
      if (from === 0 && inodeOf(this.#draft) !== 0) from = now;
      if (now > deadline) throw new CannotStart(`${this.#path} is not written`);
      await delay(LOOK_MS);
    }
  }
}

/** 0: there is no such file. */
function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}
