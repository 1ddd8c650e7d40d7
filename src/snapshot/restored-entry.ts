import { contain } from '../boundary/boundary.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { Unreadable } from './checked-text.ts';
import { type PlacedLine, saidOf } from './line.ts';
import type { AnySource, RestoredEntry } from './table-source.ts';

/** Hears of lines that turn out to be no endpoint when they are read. */
export interface RefusedLines {
  /** @param place in the file; its first line is 1 */
  refused(place: number, { reason }: Unreadable): void;
}

/** A line that is whole, and is read when somebody wants to know what it says. */
export class LineEntry implements RestoredEntry {
  readonly announced: number;
  readonly #source: AnySource;
  readonly #block: Buffer;
  readonly #from: number;
  readonly #end: number;
  readonly #place: number;
  readonly #refused: RefusedLines;

  /** @param announced see `RestoredEntry` @param block in which it is @param place of it in the file */
  constructor(
    source: AnySource,
    announced: number,
    block: Buffer,
    line: Pick<PlacedLine, 'from' | 'end'>,
    place: number,
    refused: RefusedLines,
  ) {
    this.announced = announced;
    this.#source = source;
    this.#block = block;
    this.#from = line.from;
    this.#end = line.end;
    this.#place = place;
    this.#refused = refused;
  }

  get kind(): string {
    return this.#source.kind;
  }

  get value(): object | null {
    const value = this.#read(this.#block.toString('utf8', this.#from, this.#end));
    if (!(value instanceof Unreadable)) return value;
    this.#refused.refused(this.#place, value);
    return null;
  }

  #read(fields: string): object | Unreadable {
    let value: object = new Unreadable('its reader failed');
    contain(ONE_MESSAGE, () => {
      const source = this.#source;
      value = source.read === undefined ? saidOf(fields) : source.read(fields);
    });
    return value;
  }
}
