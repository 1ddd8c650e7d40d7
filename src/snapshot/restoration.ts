import type { Ages } from './ages.ts';
import { seedOf, Unreadable } from './checked-text.ts';
import type { Header } from './header.ts';
import { linesWithin, NO_ENDPOINT, type PlacedLine, placeLine } from './line.ts';
import type { RejectedLines } from './rejected-lines.ts';
import { LineEntry, type RefusedLines } from './restored-entry.ts';
import type { AnySource, Restored, RestoredEntry } from './table-source.ts';

/** What becomes of the lines of one snapshot, each by itself. */
export class Restoration implements RefusedLines {
  readonly #header: Header;
  readonly #seed: number;
  readonly #ages: Ages;
  readonly #sources: ReadonlyMap<string, AnySource>;
  readonly #rejected: RejectedLines;
  /** Unix milliseconds. */
  readonly #now: number;
  /** What the clock is behind the time for which the ages were told. Milliseconds. */
  readonly #behind: number;
  readonly #entries: RestoredEntry[] = [];
  /** By number, so that none counts twice. */
  readonly #seen: Uint8Array;
  #gone = 0;
  #endpoints = 0;
  /** In the file: the header was the first. */
  #place = 1;
  /** See `Restored.rejected`. */
  #lost = 0;

  /** @param now Unix milliseconds */
  constructor(
    header: Header,
    ages: Ages,
    sources: readonly AnySource[],
    rejected: RejectedLines,
    now: number,
  ) {
    this.#header = header;
    this.#seed = seedOf(header.id);
    this.#ages = ages;
    this.#sources = new Map(sources.map((source) => [source.kind, source]));
    this.#rejected = rejected;
    this.#now = now;
    this.#behind = Math.max(0, ages.at - now);
    this.#seen = new Uint8Array(header.count);
  }

  /** Lines whose endpoints were gone when the ages were written. */
  get gone(): number {
    return this.#gone;
  }

  /** Lines of endpoints that are whole. */
  get endpoints(): number {
    return this.#endpoints;
  }

  /** @param block kept @param start of the line in it @param end of it, without the line feed */
  take(block: Buffer, start: number, end: number): void {
    this.#place++;
    const line = placeLine(block, start, end, this.#seed);
    const fault = line instanceof Unreadable ? line : this.#restore(line, block);
    if (fault === null) return;
    this.#rejected.add(this.#place, fault.reason);
    if (!(line instanceof Unreadable)) return;
    for (const part of linesWithin(block, start, end)) {
      const within = placeLine(block, part.start, part.end, this.#seed);
      if (!(within instanceof Unreadable)) this.#restore(within, block);
    }
  }

  end(): Restored {
    const { count } = this.#header;
    this.#lost = count - this.#entries.length - this.#gone;
    this.#rejected.sum(this.#lost, count);
    const lost = (): number => this.#lost;
    return {
      entries: this.#entries,
      get rejected() {
        return lost();
      },
      knownAt: this.#ages.at - this.#behind,
    };
  }

  refused(place: number, { reason }: Unreadable): void {
    this.#rejected.add(place, reason);
    this.#lost++;
  }

  #restore(line: PlacedLine, block: Buffer): Unreadable | null {
    const { number, kind, announced } = line;
    if (number >= this.#header.count) return new Unreadable('its number is beyond the last');
    if (this.#seen[number] === 1) return new Unreadable('another line has its number');
    if (kind === NO_ENDPOINT) {
      this.#seen[number] = 1;
      this.#gone++;
      return null;
    }
    const source = this.#sources.get(kind);
    if (source === undefined) return new Unreadable('no table takes its kind');
    this.#seen[number] = 1;
    const told = this.#ages.announcedAt(number, announced);
    if (told === 'gone') {
      this.#gone++;
      return null;
    }
    // A clock that was ahead when it was written must not let an endpoint live longer.
    const at = Math.min(told - this.#behind, this.#now);
    if (source.isAside !== true) this.#endpoints++;
    this.#entries.push(new LineEntry(source, at, block, line, this.#place, this));
    return null;
  }
}
