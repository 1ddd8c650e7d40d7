import { giveUp } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { inTurns } from '../time/in-turns.ts';
import { ageCharacter, GONE } from './age-scale.ts';
import { writtenTime } from './line.ts';
import { LineBlock } from './line-block.ts';
import { Piece } from './piece.ts';
import type { AnySource } from './table-source.ts';

/** Of all lines: what the next process can take into its memory at once. */
export const MOST_BYTES = 512 * 1024 * 1024;

/** When the endpoints of a snapshot were announced. */
export interface Announcements {
  /** A character for each line (`age-scale.ts`). */
  characters: string;
  /** Of the times themselves: another one is news. */
  digest: number;
}

interface Part {
  readonly source: AnySource;
  /** In the order of their lines. */
  readonly entries: unknown[];
}

/**
 * What a snapshot says, and of whom: the entries are kept in the order of their lines, so that a character each tells
 * later how old they are. Both are gathered in pieces, and between two of them other work may be done.
 */
export class Recording {
  readonly id: string;
  readonly #seed: number;
  readonly #mostBytes: number;
  readonly #parts: Part[] = [];
  #count = 0;
  #bytes = 0;
  #leftOut = 0;
  /** See `Announcements.digest`: of the lines. */
  #digest = 0;

  /** @param seed of the checksums of this writing @param mostBytes of all lines */
  constructor(id: string, seed: number, mostBytes = MOST_BYTES) {
    this.id = id;
    this.#seed = seed;
    this.#mostBytes = mostBytes;
  }

  get count(): number {
    return this.#count;
  }

  get digest(): number {
    return this.#digest;
  }

  /** Entries that say too much for a line, or came when there was enough. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * To be taken once, to its end; each piece is good until the next is asked for. An entry that cannot be described is
   * not in it, nor is one that is left out.
   */
  *lines(sources: readonly AnySource[]): Generator<Buffer> {
    const block = new LineBlock(this.#seed);
    const piece = new Piece();
    let told = false;
    for (const source of sources) {
      const part: Part = { source, entries: [] };
      this.#parts.push(part);
      for (const entry of source.entries()) {
        try {
          this.#add(part, entry, block);
        } catch (error) {
          // Of the first in each writing: there may be as many as entries.
          if (!told) giveUp(ONE_ROUND, error);
          told = true;
        }
        if (!block.isFull && !piece.isFull()) continue;
        yield block.bytes;
        block.clear();
        piece.begin();
      }
    }
    yield block.bytes;
  }

  /** @param at Unix milliseconds: the time for which ages are told */
  async announcements(at: number): Promise<Announcements> {
    const told = { characters: '', digest: 0 };
    await inTurns(this.#ages(at, told));
    return told;
  }

  *#ages(at: number, told: Announcements): Generator<void> {
    const piece = new Piece();
    for (const { source, entries } of this.#parts) {
      for (const entry of entries) {
        const announced = source.announcedAt(entry);
        told.characters += announced === null ? GONE : ageCharacter(at - announced);
        told.digest = mixed(told.digest, announced ?? 0);
        if (!piece.isFull()) continue;
        yield;
        piece.begin();
      }
    }
  }

  #add({ source, entries }: Part, entry: unknown, block: LineBlock): void {
    const announced = source.announcedAt(entry);
    if (announced === null) return;
    const said = source.pack === undefined ? source.describe(entry) : source.pack(entry);
    const json = typeof said === 'string' || said === null ? said : JSON.stringify(said);
    const head = { number: this.#count, kind: source.kind, announced: writtenTime(announced) };
    const bytes = json === null ? 0 : block.add(head, json, this.#mostBytes - this.#bytes);
    if (bytes === 0) {
      this.#leftOut++;
      return;
    }
    entries.push(entry);
    this.#count++;
    this.#bytes += bytes;
    this.#digest = mixed(this.#digest, announced);
  }
}

function mixed(digest: number, announced: number): number {
  return (Math.imul(digest, 31) + (announced | 0)) | 0;
}
