import { ageOf, GONE } from './age-scale.ts';
import { checkedBytes, seedOf, Unreadable, withChecksum } from './checked-text.ts';
import { HEADER_BYTES, type Header, headerText, readHeader } from './header.ts';

/** The whole file: a header with the snapshot's id, and a line of one character for each of the snapshot's lines. */
export function agesText(header: Header, characters: string): string {
  return `${headerText('cellgate-ages', header)}${withChecksum(characters, seedOf(header.id))}\n`;
}

/** How old the endpoints of one snapshot were at one time, by the numbers of their lines. */
export class Ages {
  readonly #at: number;
  readonly #characters: string;

  private constructor(at: number, characters: string) {
    this.#at = at;
    this.#characters = characters;
  }

  /** Of which nothing is known. */
  static readonly NONE = new Ages(0, '');

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
    return new Ages(header.at, characters.toString('latin1'));
  }

  /** @param announced Unix milliseconds: what the line itself says. Answers a later time where one is known. */
  announcedAt(number: number, announced: number): number | 'gone' {
    const character = this.#characters[number];
    if (character === undefined) return announced;
    if (character === GONE) return 'gone';
    const age = ageOf(character);
    return age === undefined ? announced : Math.max(announced, this.#at - age);
  }
}
