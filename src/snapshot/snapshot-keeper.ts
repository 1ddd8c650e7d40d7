import { giveUp, inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { diskFault } from './disk-fault.ts';
import { DiskTrouble } from './disk-trouble.ts';
import { HeldElsewhere } from './folder-lock.ts';
import { restore } from './restore.ts';
import { type SnapshotClock, SYSTEM_CLOCK } from './snapshot-clock.ts';
import { SnapshotFolder } from './snapshot-folder.ts';
import { SnapshotPace, type Writing } from './snapshot-pace.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { type AnySource, NOTHING_RESTORED, type Restored } from './table-source.ts';

/** How often it is asked whether something is due. */
const LOOK_MS = 250;

/**
 * Keeps what the tables have in a folder, for the process that comes after this one. Nobody waits for the disk but at
 * a drain and at the end, and whatever is wrong with it costs the snapshot alone.
 */
export class SnapshotKeeper {
  readonly #folder: SnapshotFolder;
  readonly #writer: SnapshotWriter;
  readonly #sources: readonly AnySource[];
  readonly #log: ComponentLog;
  readonly #clock: SnapshotClock;
  readonly #trouble: DiskTrouble;
  readonly #pace = new SnapshotPace();
  /** `elsewhere`: another process has the folder, and this one does without until it ends. */
  #state: 'keeping' | 'elsewhere' | 'closed' = 'keeping';
  #restored = NOTHING_RESTORED;
  /** Whether the tables have ever been told to differ from what was found. */
  #isTold = false;
  #underWay: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    folder: string,
    sources: readonly AnySource[],
    log: ComponentLog,
    clock: SnapshotClock,
  ) {
    this.#folder = new SnapshotFolder(folder, log);
    this.#writer = new SnapshotWriter(this.#folder, sources, log);
    this.#sources = sources;
    this.#log = log;
    this.#clock = clock;
    this.#trouble = new DiskTrouble(folder, log);
  }

  /**
   * Makes the folder if need be, takes it, and reads what is there. Faults of the disk are told in the log, and tried
   * again whenever something is to be written.
   */
  static async open(
    folder: string,
    sources: readonly AnySource[],
    log: ComponentLog,
    clock: SnapshotClock = SYSTEM_CLOCK,
  ): Promise<SnapshotKeeper> {
    const keeper = new SnapshotKeeper(folder, sources, log, clock);
    await keeper.#begin();
    return keeper;
  }

  get state(): 'keeping' | 'elsewhere' | 'closed' {
    return this.#state;
  }

  /** What was there at the start. To be put into the tables, and told as a change, before anything else is. */
  get restored(): Restored {
    return this.#restored;
  }

  /** For what has served its purpose is much memory. */
  forgetRestored(): void {
    this.#restored = NOTHING_RESTORED;
  }

  /** A table has changed otherwise than by a heartbeat. It costs nothing. */
  changed(): void {
    this.#isTold = true;
    this.#pace.changed(this.#clock.steady());
  }

  /**
   * Writes the tables as they are, and resolves when they are on disk, or could not be written. Before the first
   * change it does nothing: a router that fails in its start leaves what it has found.
   */
  async writeNow(): Promise<void> {
    await this.#exclusively(async () => {
      if (this.#state === 'keeping' && this.#isTold) await this.#write('snapshot');
    });
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#exclusively(async () => {});
  }

  /** Writes for the last time, and gives the folder up; once, however often it is called. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.writeNow();
    } finally {
      await this.#exclusively(async () => {
        this.#state = 'closed';
        this.#folder.release();
      });
    }
  }

  async #begin(): Promise<void> {
    const owned = await this.#tried('snapshot', () => this.#folder.own());
    if (owned instanceof HeldElsewhere) {
      this.#state = 'elsewhere';
      this.#log.warn('snapshot-folder-held', { folder: this.#folder.path, pid: owned.pid ?? 'unknown' });
      return;
    }
    const found = await this.#tried('snapshot', () =>
      restore(this.#folder.path, this.#sources, this.#log, this.#now()),
    );
    this.#restored = found?.restored ?? NOTHING_RESTORED;
    this.#folder.found(found === null ? 'it could not be restored' : found.bad);
    if (this.#folder.isOurs) await this.#tried('snapshot', () => this.#folder.setBadAside(this.#now()));
    this.#timer = every(LOOK_MS, ONE_ROUND, () => this.#look());
  }

  #look(): void {
    if (this.#underWay !== null) return;
    const due = this.#pace.due(this.#clock.steady());
    if (due === 'nothing') return;
    inBackground(
      ONE_ROUND,
      this.#exclusively(() => this.#write(due)),
    );
  }

  /** One at a time. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    while (this.#underWay !== null) await this.#underWay;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#underWay = promise;
    try {
      await work();
    } finally {
      this.#underWay = null;
      resolve();
    }
  }

  async #write(writing: Writing): Promise<void> {
    this.#pace.began(writing);
    const now = this.#now();
    const done = await this.#tried(writing, () =>
      writing === 'snapshot' ? this.#writer.writeSnapshot(now) : this.#writer.writeAges(now),
    );
    this.#pace.ended(writing, done === 'written' ? 'written' : 'failed', this.#clock.steady());
    if (done === 'written') this.#trouble.over(writing);
    if (done === 'lost') this.#pace.changed(this.#clock.steady());
    if (done instanceof HeldElsewhere) {
      this.#trouble.met(writing, `it was taken by process ${done.pid ?? 'unknown'}`);
    }
  }

  /** `null`: it failed, and that was told. */
  async #tried<T>(writing: Writing, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      const reason = diskFault(error);
      if (reason === null) giveUp(ONE_ROUND, error);
      else this.#trouble.met(writing, reason);
      return null;
    }
  }

  /** Whole Unix milliseconds, as files have them. */
  #now(): number {
    return Math.floor(this.#clock.wall());
  }
}
