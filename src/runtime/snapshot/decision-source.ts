import { type ReadRemembered, type Remembered, readRemembered } from '../../decisions/remembered.ts';
import { Unreadable } from '../../snapshot/checked-text.ts';
import { saidOf } from '../../snapshot/line.ts';
import type { RestoredEntry, TableSource } from '../../snapshot/table-source.ts';

/** Characters of one line: a line has a bound, and in JSON within JSON some of them are two. */
const PIECE = 6000;

/** A part of the text that all decisions come to; a line each. */
interface Piece {
  readonly at: number;
  readonly text: string;
}

/** What operators have decided, as a snapshot keeps it. */
export class DecisionSource implements TableSource<Piece> {
  readonly kind = 'decisions';
  readonly isAside = true;
  readonly #remembered: () => Remembered | null;
  readonly #now: () => number;

  /** @param now Unix milliseconds */
  constructor(remembered: () => Remembered | null, now: () => number) {
    this.#remembered = remembered;
    this.#now = now;
  }

  *entries(): Generator<Piece> {
    const remembered = this.#remembered();
    if (remembered === null) return;
    const text = JSON.stringify(remembered);
    const at = Math.floor(this.#now());
    for (let from = 0; from < text.length; from += PIECE) yield { at, text: text.slice(from, from + PIECE) };
  }

  describe({ text }: Piece): object {
    return { text };
  }

  /** The same in all ages that are told of it: what is in a snapshot does not change. */
  announcedAt({ at }: Piece): number {
    return at;
  }

  read(fields: string): { readonly text: string } | Unreadable {
    const said = saidOf(fields);
    if (said instanceof Unreadable) return said;
    const { text } = said;
    return typeof text === 'string' ? { text } : new Unreadable('text: allowed: a string');
  }
}

/** What the last process knew. A damaged line costs all of it: half a text says nothing. */
export function rememberedIn(entries: readonly RestoredEntry[]): ReadRemembered {
  const pieces = entries.filter(({ kind }) => kind === 'decisions');
  if (pieces.length === 0) return { remembered: null, rejected: [] };
  const texts = pieces.map(({ value }) => (value as { readonly text: string } | null)?.text);
  const text = texts.join('');
  try {
    return readRemembered(JSON.parse(text));
  } catch {
    return { remembered: null, rejected: ['decisions: their lines are not whole'] };
  }
}
