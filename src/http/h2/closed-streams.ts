/** How a stream of a connection has ended. */
export type Ending =
  /** Both sides have said all. */
  | 'whole'
  /** The other side has given it up. */
  | 'reset-by-peer'
  /** It was given up here: frames may be on their way that know nothing of it yet. */
  | 'reset-here'
  /** Nobody remembers. */
  | 'forgotten'
  /** There was no such stream. */
  | 'never';

const ENDINGS = ['whole', 'reset-by-peer', 'reset-here'] as const;
type Known = (typeof ENDINGS)[number];
const REMEMBERED = 128;
const NONE: number[] = [];

/** The last streams of a connection that have ended, and how: on that depends what a late frame means (RFC 9113 §5.1). */
export class ClosedStreams {
  /** Ids times four, and how each has ended. */
  #recent: number[] = NONE;
  #next = 0;
  #forgotten = false;

  add(id: number, ending: Known): void {
    const entry = entryOf(id, ending);
    if (this.#recent === NONE) {
      // One alone takes no more than it needs: many connections never have another.
      this.#recent = [entry];
      return;
    }
    if (this.#recent.length < REMEMBERED) {
      this.#recent.push(entry);
      return;
    }
    this.#recent[this.#next] = entry;
    this.#next = (this.#next + 1) % REMEMBERED;
    this.#forgotten = true;
  }

  /** One that may be known already is now remembered so. */
  put(id: number, ending: Known): void {
    const at = this.#recent.findIndex((entry) => Math.floor(entry / 4) === id);
    if (at === -1) this.add(id, ending);
    else this.#recent[at] = entryOf(id, ending);
  }

  /** Of a stream below the highest id there was. */
  find(id: number): Ending {
    for (const entry of this.#recent) {
      if (Math.floor(entry / 4) === id) return ENDINGS[entry % 4]!;
    }
    return this.#forgotten ? 'forgotten' : 'never';
  }
}

function entryOf(id: number, ending: Known): number {
  return id * 4 + ENDINGS.indexOf(ending);
}
