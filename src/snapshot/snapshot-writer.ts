import type { ComponentLog } from '../telemetry/component-log.ts';
import type { HeldElsewhere } from './folder-lock.ts';
import type { Recording } from './recording.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';
import type { AnySource } from './table-source.ts';
import { writeAges } from './write-ages.ts';
import { writeSnapshot } from './write-snapshot.ts';

/** Writes to a folder if it is ours, and knows what is there of it. One at a time; rejects with what prevented it. */
export class SnapshotWriter {
  readonly #folder: SnapshotFolder;
  readonly #sources: readonly AnySource[];
  readonly #log: ComponentLog;
  /** What the snapshot in the folder says. */
  #recording: Recording | null = null;
  /** Of the announcements that are on disk. */
  #digest = 0;
  /** As it was told. */
  #leftOut = 0;

  constructor(folder: SnapshotFolder, sources: readonly AnySource[], log: ComponentLog) {
    this.#folder = folder;
    this.#sources = sources;
    this.#log = log;
  }

  /** @param now Unix milliseconds, whole; as below */
  async writeSnapshot(now: number): Promise<'written' | HeldElsewhere> {
    const owned = await this.#folder.own();
    if (typeof owned === 'object') return owned;
    await this.#folder.setBadAside(now);
    const recording = await writeSnapshot(this.#folder.path, this.#sources, now);
    this.#recording = recording;
    this.#digest = recording.digest;
    this.#tellLeftOut(recording.leftOut);
    return 'written';
  }

  /** `lost`: the snapshot that they would belong to is not there any more. To be asked for after a snapshot. */
  async writeAges(now: number): Promise<'written' | 'no news' | 'lost' | HeldElsewhere> {
    const owned = await this.#folder.own();
    if (owned !== 'ours') return owned;
    const announcements = await this.#recording!.announcements(now);
    if (announcements.digest === this.#digest) return 'no news';
    await writeAges(this.#folder.path, this.#recording!, now, announcements);
    this.#digest = announcements.digest;
    return 'written';
  }

  #tellLeftOut(endpoints: number): void {
    if (endpoints === this.#leftOut) return;
    this.#leftOut = endpoints;
    this.#log.warn('snapshot-endpoints-left-out', { folder: this.#folder.path, endpoints });
  }
}
