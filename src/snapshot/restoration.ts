import { contain } from '../boundary/boundary.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { Ages } from './ages.ts';
import { seedOf, Unreadable } from './checked-text.ts';
import type { Header } from './header.ts';
import { type Line, linesWithin, NO_ENDPOINT, readLine } from './line.ts';
import type { RejectedLines } from './rejected-lines.ts';
import type { AnySource, Restored, RestoredEntry } from './table-source.ts';

/** What becomes of the lines of one snapshot, each by itself. */
export class Restoration {
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
  /** In the file: the header was the first. */
  #line = 1;

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

  /** @param bytes without the line feed; not kept */
  take(bytes: Buffer): void {
    this.#line++;
    const line = readLine(bytes, this.#seed);
    const fault = line instanceof Unreadable ? line : this.#restore(line);
    if (fault === null) return;
    this.#rejected.add(this.#line, fault.reason);
    if (!(line instanceof Unreadable)) return;
    for (const part of linesWithin(bytes)) {
      const within = readLine(part, this.#seed);
      if (!(within instanceof Unreadable)) this.#restore(within);
    }
  }

  end(): Restored {
    const { count } = this.#header;
    const rejected = count - this.#entries.length - this.#gone;
    this.#rejected.sum(rejected, count);
    return { entries: this.#entries, rejected, knownAt: this.#ages.at - this.#behind };
  }

  #restore({ number, kind, announced, said }: Line): Unreadable | null {
    if (number >= this.#header.count) return new Unreadable('its number is beyond the last');
    if (this.#seen[number] === 1) return new Unreadable('another line has its number');
    if (kind === NO_ENDPOINT) {
      this.#seen[number] = 1;
      this.#gone++;
      return null;
    }
    const source = this.#sources.get(kind);
    if (source === undefined) return new Unreadable('no table takes its kind');
    const value = this.#valueOf(source, said);
    if (value instanceof Unreadable) return value;
    this.#seen[number] = 1;
    const at = this.#ages.announcedAt(number, announced);
    if (at === 'gone') this.#gone++;
    // A clock that was ahead when it was written must not let an endpoint live longer.
    else this.#entries.push({ kind, announced: Math.min(at - this.#behind, this.#now), value });
    return null;
  }

  #valueOf(source: AnySource, said: Line['said']): object {
    if (source.read === undefined) return said;
    let value: object = new Unreadable('its reader failed');
    contain(ONE_MESSAGE, () => {
      value = source.read!(said);
    });
    return value;
  }
}
