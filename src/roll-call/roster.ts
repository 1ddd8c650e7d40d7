import { LRUCache } from 'lru-cache';
import type { RollMessage } from './roll-message.ts';

export interface RosterOptions {
  /** Of this router: what it says itself is only the proof that it is heard. */
  readonly id: string;
  /** Milliseconds between two messages of a router. */
  readonly interval: number;
}

/** Another router, as this one knows it. */
export interface KnownRouter {
  readonly said: RollMessage;
  /** Milliseconds since it last said something. */
  readonly heard: number;
  /** `late`: it has been silent for three intervals, and this router would have heard it. */
  readonly standing: 'present' | 'late';
}

/** What became of a message. `full`: there are too many routers already, and it was passed over. */
export type Heard = 'self' | 'known' | 'new' | 'left' | 'full';

interface Entry {
  said: RollMessage;
  /** On the clock of the caller. */
  at: number;
  /** What this router had listened for by then. */
  listened: number;
}

interface Start {
  readonly first: number;
  listened: number;
}

const MAX_ROUTERS = 1000;
/** Ids that are known to speak in the roll-call, though some of them be gone. */
const MAX_SPEAKERS = 4 * MAX_ROUTERS;
/** Intervals. */
const LATE_AFTER = 3;
const FORGOTTEN_AFTER = 12;
/** Routers that do not speak are asked for six times as rarely. */
const START_FORGOTTEN_AFTER = 3 * 6;
/** Between two of its own messages; after a longer gap this router has been deaf, and its silence says nothing of others. */
const LONGEST_GAP = 2.5;
/** Milliseconds that a router has to answer, before it counts as one that does not. */
const ANSWER_TIME = 2000;

/**
 * Who answers the roll-call. Silence counts only while this router hears itself: with the bus away, or after a pause of
 * the process, nobody is late. `now` is monotonic milliseconds throughout.
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #starts = new Map<string, Start>();
  /** Who has not spoken for longest is forgotten first, and with it that it has left. */
  readonly #speakers = new LRUCache<string, true>({
    max: MAX_SPEAKERS,
    dispose: (_, id) => this.#left.delete(id),
  });
  readonly #left = new Set<string>();
  /** Since when it has heard itself without a gap; null: it does not know of one. */
  #hearsSince: number | null = null;
  #lastEcho = 0;
  /** Milliseconds in which this router has heard itself. */
  #listened = 0;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  hear(said: RollMessage, now: number): Heard {
    if (said.former !== undefined && said.former !== said.id) this.bury(said.former);
    if (said.id === this.#options.id) {
      this.#echo(now);
      return 'self';
    }
    this.#speakers.set(said.id, true);
    this.#starts.delete(said.id);
    if (said.state === 'leaving') {
      this.#left.add(said.id);
      return this.#entries.delete(said.id) ? 'left' : 'known';
    }
    const entry = this.#entries.get(said.id);
    if (entry !== undefined) {
      Object.assign(entry, { said, at: now, listened: this.#listened });
      return 'known';
    }
    if (this.#entries.size >= MAX_ROUTERS) return 'full';
    this.#entries.set(said.id, { said, at: now, listened: this.#listened });
    return 'new';
  }

  /** Another has its place: as if it had said goodbye. */
  bury(id: string): void {
    if (id === this.#options.id || (this.#left.has(id) && !this.#entries.has(id))) return;
    this.#speakers.set(id, true);
    this.#left.add(id);
    this.#entries.delete(id);
    this.#starts.delete(id);
  }

  /** A router has said `router.start`, or has answered a greeting: a gorouter, unless it speaks in the roll-call too. */
  hearStart(id: string, now: number): void {
    if (id === this.#options.id || this.#speakers.has(id)) return;
    const start = this.#starts.get(id);
    if (start !== undefined) start.listened = this.#listened;
    else if (this.#starts.size < MAX_ROUTERS) this.#starts.set(id, { first: now, listened: this.#listened });
  }

  /** Whether it has said goodbye, as far as this router has heard. */
  hasLeft(id: string): boolean {
    return this.#left.has(id) && !this.#entries.has(id);
  }

  /** The other routers, in the order in which they were first heard. */
  known(now: number): KnownRouter[] {
    return [...this.#entries.values()].map(({ said, at, listened }) => ({
      said,
      heard: Math.max(0, now - at),
      standing: this.#listened - listened > LATE_AFTER * this.#options.interval ? 'late' : 'present',
    }));
  }

  /** Ids of routers that have had the time to answer the roll-call, and do not. */
  gorouters(now: number): string[] {
    return [...this.#starts].filter(([, { first }]) => now - first >= ANSWER_TIME).map(([id]) => id);
  }

  /** How many other routers there are; null: this one has not listened long enough to say that there is none. */
  others(now: number): number | null {
    if (this.#entries.size > 0) return this.#entries.size;
    const hears = this.#hearsSince !== null && now - this.#lastEcho <= this.#longestGap;
    return hears && now - this.#hearsSince! >= ANSWER_TIME ? 0 : null;
  }

  /** The connection was lost meanwhile: who came in that time has yet to be heard. */
  interrupt(): void {
    this.#hearsSince = null;
  }

  get #longestGap(): number {
    return LONGEST_GAP * this.#options.interval;
  }

  #echo(now: number): void {
    const gap = now - this.#lastEcho;
    if (this.#hearsSince === null || gap > this.#longestGap) this.#hearsSince = now;
    else this.#listened += gap;
    this.#lastEcho = now;
    this.#forget(this.#entries, FORGOTTEN_AFTER);
    this.#forget(this.#starts, START_FORGOTTEN_AFTER);
  }

  #forget(entries: Map<string, { readonly listened: number }>, intervals: number): void {
    for (const [id, { listened }] of entries) {
      if (this.#listened - listened > intervals * this.#options.interval) entries.delete(id);
    }
  }
}
