import type { Crossing } from './crossing.ts';
import type { Incident } from './watched-router.ts';

/** In which more lines about the end of one thread come. */
const AFTERMATH_MS = 5000;
/** What is said about a thread's end besides its cause. */
const FOLLOWS = /^proxy-thread-(exited|replaced|leaves)/;

/** One fault, however often it was seen. */
export interface Fault {
  readonly incident: Incident;
  /** Those under way when it was seen first, or just before. */
  readonly suspects: readonly Crossing[];
  count: number;
}

/** What was seen in the log of a router, by what is alike. */
export class Faults {
  readonly bySignature = new Map<string, Fault>();
  #lastEnd = Number.NEGATIVE_INFINITY;
  #heard = 0;

  /** Incidents so far. */
  get heard(): number {
    return this.#heard;
  }

  /** Whether a thread may be missing now because of one that was seen. */
  get isAftermath(): boolean {
    return performance.now() - this.#lastEnd < AFTERMATH_MS;
  }

  note(incident: Incident, suspects: () => readonly Crossing[]): void {
    this.#heard++;
    const follows = this.isAftermath && FOLLOWS.test(incident.signature);
    if (incident.rank === 'thread') this.#lastEnd = performance.now();
    if (follows) return;
    const known = this.bySignature.get(incident.signature);
    if (known === undefined) {
      this.bySignature.set(incident.signature, { incident, suspects: suspects(), count: 1 });
    } else {
      known.count++;
    }
  }
}
