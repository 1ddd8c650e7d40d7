import { z } from 'zod';
import { bodyFault } from '../../admin/decode-body.ts';

const MOST = 500;
const USUAL = 100;
/** Each is looked for in each route. */
const MOST_WORDS = 16;
const text = z.string().max(2000).default('');

const ASKED = z.object({
  /** Part of a route's key or of an endpoint's address; lower case. Of routes: several, each in any place. */
  q: text
    .refine((value) => wordsOf(value).length <= MOST_WORDS, `allowed: ${MOST_WORDS} words`)
    .transform((value) => value.toLowerCase()),
  route: text,
  app: text,
  state: text,
  /** Of routes: as they lie in the table, or those that had requests in the last minute, or failures. */
  sort: z.enum(['table', 'busiest', 'failing']).default('table'),
  limit: z.coerce.number().int().min(1).max(MOST).default(USUAL),
  /** How many of those that fit come before; what the last page had as `next`. */
  after: z.coerce.number().int().min(0).max(10_000_000).default(0),
  /** In place of that: what the last page had as `cursor`. What stays in the table is on one page then, and on no other. */
  cursor: z
    .string()
    .regex(/^\d{1,9}(?: \S{1,300})?$/, 'allowed: the cursor of a page')
    .optional(),
});

/** Words that are asked for, each once. */
export function wordsOf(q: string): string[] {
  return [...new Set(q.split(/\s+/).filter((word) => word !== ''))];
}

/** What of a list is wanted. */
export type AskedPage = z.infer<typeof ASKED>;

/** A text: which parameter is wrong, and how. */
export function readPage(query: URLSearchParams): AskedPage | string {
  const read = ASKED.safeParse(Object.fromEntries(query));
  if (!read.success) return bodyFault(read.error);
  const { cursor, after, sort } = read.data;
  if (cursor === undefined || (after === 0 && sort === 'table')) return read.data;
  return 'cursor: allowed without after, and in the order of the table alone';
}

/** Where something lies in the table. */
export interface Place {
  /** Of its route; see `RouteInTable`. */
  readonly route: number;
  /** Of an endpoint within its route; empty: it is a route. */
  readonly address: string;
}

/** Behind what a page begins. */
export function placeOf({ cursor }: AskedPage): Place | null {
  if (cursor === undefined) return null;
  const [route, address = ''] = cursor.split(' ');
  return { route: Number(route), address };
}

/** Takes what fits until a page is full. */
export class Page<T> {
  readonly items: T[] = [];
  readonly #asked: AskedPage;
  #seen = 0;
  #isFull = false;
  #last: Place | null = null;

  constructor(asked: AskedPage) {
    this.#asked = asked;
  }

  /** Whether there is no room for another one. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The next one that fits. @param make is not called for one that is on another page */
  add(place: Place, make: () => T): void {
    const { after, limit } = this.#asked;
    if (this.#seen++ < after) return;
    if (this.items.length === limit) {
      this.#isFull = true;
      return;
    }
    this.items.push(make());
    this.#last = place;
  }

  /** What to ask for as `after`; null: that was the last page, or it was asked for by a cursor. */
  get next(): number | null {
    const { after, cursor } = this.#asked;
    return this.#isFull && cursor === undefined ? after + this.items.length : null;
  }

  /** What to ask for as `cursor`; null: that was the last page, or it is in another order than the table's. */
  get cursor(): string | null {
    if (!this.#isFull || this.#last === null || this.#asked.sort !== 'table') return null;
    const { route, address } = this.#last;
    return address === '' ? String(route) : `${route} ${address}`;
  }
}
