import type { Random } from '../../fuzz/random.ts';
import type { Sides } from '../../src/cutover/evidence.ts';
import type { ArmWindow } from '../../src/cutover/window.ts';
import { LATENCY_CELLS, latencyCell } from '../../src/latency/cells.ts';
import type { Mood } from './arm.ts';
import { happens, poisson, uniform } from './chance.ts';

/** A client gives up after that. Milliseconds. */
const PATIENCE_MS = 30_000;

interface Ended {
  readonly failed: boolean;
  readonly ms: number;
}

type Tally = { -readonly [Field in keyof ArmWindow]: ArmWindow[Field] } & { latency: number[] };

/** The requests of one arm, and the window that they are counted in. */
class Lane {
  readonly #later = new Map<number, Ended[]>();
  #tally = emptyTally();

  begin(second: number, at: number, mood: Mood, random: Random): void {
    const drawn = mood.times[random.below(mood.times.length)]!;
    const ended = { failed: happens(random, mood.errors), ms: Math.min(drawn, PATIENCE_MS) };
    const when = Math.floor(at + ended.ms / 1000);
    this.#tally.begun++;
    this.#tally.inFlight++;
    if (when === second) this.#end(ended);
    else {
      const list = this.#later.get(when);
      if (list === undefined) this.#later.set(when, [ended]);
      else list.push(ended);
    }
  }

  end(second: number): void {
    for (const ended of this.#later.get(second) ?? []) this.#end(ended);
    this.#later.delete(second);
  }

  close(): ArmWindow {
    const window = this.#tally;
    this.#tally = { ...emptyTally(), inFlight: window.inFlight };
    return window;
  }

  #end({ failed, ms }: Ended): void {
    const tally = this.#tally;
    tally.inFlight--;
    tally.latency[latencyCell(ms)]!++;
    if (ms >= PATIENCE_MS) tally.aborted++;
    else if (failed) tally.appErrors++;
    else tally.answered++;
  }
}

/** Requests that are shared out between two arms at random. */
export class Traffic {
  readonly #random: Random;
  readonly #from = new Lane();
  readonly #to = new Lane();

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param share of the new arm, from 0 to 1 */
  second(second: number, rate: number, share: number, from: Mood, to: Mood): void {
    const random = this.#random;
    this.#from.end(second);
    this.#to.end(second);
    for (let left = poisson(random, rate); left > 0; left--) {
      const at = second + uniform(random);
      if (happens(random, share)) this.#to.begin(second, at, to, random);
      else this.#from.begin(second, at, from, random);
    }
  }

  closeWindow(): Sides {
    return { from: this.#from.close(), to: this.#to.close() };
  }
}

function emptyTally(): Tally {
  return {
    begun: 0,
    answered: 0,
    appErrors: 0,
    gatewayErrors: 0,
    aborted: 0,
    inFlight: 0,
    latency: new Array<number>(LATENCY_CELLS).fill(0),
  };
}
