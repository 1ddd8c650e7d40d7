import { type Stats, stat } from 'node:fs';
import sonicBoom from 'sonic-boom';
import { contain, guarded } from '../boundary/boundary.ts';
import { on, once } from '../boundary/events.ts';
import { ONE_ROUND, type Owner } from '../boundary/owner.ts';
import { after, every } from '../boundary/timers.ts';
import type { LineBytes } from './line-bytes.ts';
import { openPipe } from './open-pipe.ts';
import type { ToldInstance } from './told-instance.ts';

/** Bytes gathered before they are handed to the file, and the longest a line waits when traffic is thin. */
const BATCH_BYTES = 32 * 1024;
const FLUSH_INTERVAL_MS = 250;
/** How often it is looked whether the file still stands under its name. */
const WATCH_INTERVAL_MS = 1000;
/** Bytes waiting for a disk that does not take them; beyond this, batches are dropped and their lines counted. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Where access-log lines go. Writing never waits for the disk. */
export interface AccessLog {
  /** `line`: Latin-1 without its line feed; bytes are copied at once. */
  write(line: string | LineBytes): void;
  /** Goes on in a file newly opened by its name: the old one was moved away. */
  reopen(): void;
  /** Resolves when every line is written, or cannot be: a thread that ends before loses those still queued. */
  close(): Promise<void>;
}

/** Where an application's own lines go. */
export interface AppLog {
  /** `line`: copied at once. */
  write(instance: ToldInstance, line: LineBytes): void;
}

export const NO_ACCESS_LOG: AccessLog = { write() {}, reopen() {}, async close() {} };

type State =
  | 'opening'
  | 'open'
  /** It could not be opened, or is closed: lines are dropped. */
  | 'unusable';

/** Appends to a file; several threads may append to the same one, each write is whole lines. */
export class AccessLogFile implements AccessLog {
  readonly #file: InstanceType<typeof sonicBoom.SonicBoom>;
  readonly #onDropped: (lines: number) => void;
  /** Runs while lines wait. */
  #timer: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  readonly #path: string;
  /** There is no other to go on in, whatever its name stands for now. */
  readonly #isPipe: boolean;
  /** Device and inode of the file under that name when it was looked at last; empty before. */
  #identity = '';
  #state: State = 'opening';
  #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #length = 0;
  #lines = 0;
  readonly #onLooked = guarded(ONE_ROUND, (error: NodeJS.ErrnoException | null, found: Stats) => {
    if (this.#state !== 'open') return;
    if (error !== null && error.code !== 'ENOENT') return;
    const identity = error === null ? `${found.dev}:${found.ino}` : '';
    if (this.#identity !== '' && identity !== this.#identity) this.reopen();
    this.#identity = identity;
  });
  /** Gives up the lines of one batch. */
  readonly #batchOwner: Owner = { kind: 'round', panic: () => this.#onDropped(this.#lines) };
  readonly #writeBatch = (): void => {
    // The types know of text only; in this mode the library takes buffers alone.
    (this.#file as { write(bytes: unknown): boolean }).write(this.#batch.subarray(0, this.#length));
  };

  constructor(path: string, onDropped: (lines: number) => void) {
    this.#path = path;
    this.#onDropped = onDropped;
    const pipe = openPipe(path);
    this.#isPipe = pipe !== null;
    this.#file = new sonicBoom.SonicBoom({
      ...(pipe === null ? { dest: path } : { fd: pipe }),
      append: true,
      mode: 0o644,
      maxLength: MAX_WAITING_BYTES,
      sync: false,
      contentMode: 'buffer',
    });
    on(this.#file, 'drop', ONE_ROUND, () => onDropped(this.#lines));
    on(this.#file, 'ready', ONE_ROUND, () => {
      if (this.#state === 'opening') {
        this.#state = 'open';
        this.#lookAtName();
      }
    });
    // A full disk must not end the thread: what could not be written is tried again with the next batch.
    on(this.#file, 'error', ONE_ROUND, () => {
      if (this.#state === 'opening') this.#state = 'unusable';
    });
    this.#watch = every(WATCH_INTERVAL_MS, ONE_ROUND, () => this.#lookAtName());
  }

  /** The line is copied here and now: as text it would be a thousand scattered pieces until the batch is full. */
  write(line: string | LineBytes): void {
    const { length } = line;
    if (this.#length + length >= this.#batch.length) this.#handOver();
    if (length >= this.#batch.length) this.#batch = Buffer.allocUnsafeSlow(length + 1);
    if (typeof line === 'string') this.#length += this.#batch.write(line, this.#length, 'latin1');
    else this.#length = line.copyTo(this.#batch, this.#length);
    this.#batch[this.#length++] = LINE_FEED;
    this.#lines++;
    this.#timer ??= after(FLUSH_INTERVAL_MS, ONE_ROUND, () => {
      this.#timer = undefined;
      this.#handOver();
    });
  }

  reopen(): void {
    this.#handOver();
    if (this.#state === 'open' && !this.#isPipe) this.#file.reopen();
  }

  close(): Promise<void> {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#handOver();
    if (this.#state === 'unusable') return Promise.resolve();
    this.#state = 'unusable';
    return new Promise((resolve) => {
      once(this.#file, 'close', ONE_ROUND, resolve);
      once(this.#file, 'error', ONE_ROUND, resolve);
      this.#file.end();
    });
  }

  /** Moved or removed by who rotates logs without a signal: lines would go where nobody looks. */
  #lookAtName(): void {
    if (this.#state !== 'open') return;
    stat(this.#path, this.#onLooked);
  }

  #handOver(): void {
    if (this.#lines === 0) return;
    if (this.#state === 'unusable') this.#onDropped(this.#lines);
    else contain(this.#batchOwner, this.#writeBatch);
    this.#batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#length = 0;
    this.#lines = 0;
  }
}

const LINE_FEED = 0x0a;
