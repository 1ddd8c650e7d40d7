import { z } from 'zod';
import { bodyFault } from '../../admin/decode-body.ts';

const MOST = 500;
const USUAL = 100;
const text = z.string().max(2000).default('');

const ASKED = z.object({
  /** Part of a route's key or of an endpoint's address; lower case. Of routes: several, each in any place. */
  q: text.transform((value) => value.toLowerCase()),
  route: text,
  app: text,
  state: text,
  /** Of routes: as they lie in the table, or those that had requests in the last minute, or failures. */
  sort: z.enum(['table', 'busiest', 'failing']).default('table'),
  limit: z.coerce.number().int().min(1).max(MOST).default(USUAL),
  /** How many of those that fit come before; what the last page had as `next`. */
  after: z.coerce.number().int().min(0).max(10_000_000).default(0),
});

/** What of a list is wanted. */
export type AskedPage = z.infer<typeof ASKED>;

/** A text: which parameter is wrong, and how. */
export function readPage(query: URLSearchParams): AskedPage | string {
  const read = ASKED.safeParse(Object.fromEntries(query));
  if (read.success) return read.data;
  return bodyFault(read.error);
}

/** Takes what fits until a page is full. */
export class Page<T> {
  readonly items: T[] = [];
  readonly #asked: AskedPage;
  #seen = 0;
  #isFull = false;

  constructor(asked: AskedPage) {
    this.#asked = asked;
  }

  /** Whether there is no room for another one. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The next one that fits. @param make is not called for one that is on another page */
  add(make: () => T): void {
    const { after, limit } = this.#asked;
    if (this.#seen++ < after) return;
    if (this.items.length < limit) this.items.push(make());
    else this.#isFull = true;
  }

  /** What to ask for as `after`; null: that was the last page. */
  get next(): number | null {
    return this.#isFull ? this.#asked.after + this.items.length : null;
  }
}
