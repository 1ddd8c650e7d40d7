import { ageOf, GONE } from './age-scale.ts';
import { CHECKSUM_LENGTH, checkedBytes, seedOf, Unreadable, withChecksum } from './checked-text.ts';
import { HEADER_BYTES, type Header, headerText, MOST_LINES, readHeader } from './header.ts';

/** The whole file: a header with the snapshot's id, and a line of one character for each of the snapshot's lines. */
export function agesText(header: Header, characters: string): string {
  return `${headerText('cellgate-ages', header)}${withChecksum(characters, seedOf(header.id))}\n`;
}

/** Of the whole file, whichever snapshot it belongs to. */
export const MOST_AGES_BYTES = HEADER_BYTES + CHECKSUM_LENGTH + MOST_LINES + 1;

/** How old the endpoints of one snapshot were at one time, by the numbers of their lines. */
export class Ages {
  /** Unix milliseconds: the time for which they were told. */
  readonly at: number;
  readonly #characters: string;
  /** The clock was set back after the snapshot was written: the times in its lines are not to be compared with these. */
  readonly #isSetBack: boolean;

  private constructor(at: number, characters: string, isSetBack: boolean) {
    this.at = at;
    this.#characters = characters;
    this.#isSetBack = isSetBack;
  }

  /** None were written since the snapshot was: its lines alone tell. */
  static none(snapshot: Header): Ages {
    return new Ages(snapshot.at, '', false);
  }

  /** `null`: it belongs to another snapshot, as it does for some seconds after each writing. */
  static read(bytes: Buffer, snapshot: Header): Ages | Unreadable | null {
    const header = readHeader('cellgate-ages', bytes);
    if (header instanceof Unreadable) return header;
    if (header.id !== snapshot.id) return null;
    const line = bytes.subarray(HEADER_BYTES, bytes.at(-1) === 0x0a ? -1 : bytes.length);
    const characters = checkedBytes(line, seedOf(header.id));
    if (characters instanceof Unreadable) return new Unreadable(`of its second line ${characters.reason}`);
    if (characters.length !== header.count || header.count !== snapshot.count) {
      return new Unreadable(`it has ${characters.length} ages for ${snapshot.count} lines`);
    }
    return new Ages(header.at, characters.toString('latin1'), header.at < snapshot.at);
  }

  /** @param announced Unix milliseconds: what the line itself says. Answers a later time where one is known. */
  announcedAt(number: number, announced: number): number | 'gone' {
    const character = this.#characters[number];
    if (character === undefined) return announced;
    if (character === GONE) return 'gone';
    const age = ageOf(character);
    if (age === undefined) return announced;
    return this.#isSetBack ? this.at - age : Math.max(announced, this.at - age);
  }
}
