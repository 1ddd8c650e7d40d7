import { setTimeout as delay } from 'node:timers/promises';
import { type Crossing, makeCrossing } from './crossing/crossing.ts';
import { type Fault, Faults } from './crossing/faults.ts';
import { type Lane, NOTHING, type Outcome } from './crossing/lane.ts';
import { Rig } from './crossing/rig.ts';
import { shorten } from './crossing/shorten.ts';
import type { Incident } from './crossing/watched-router.ts';

const LANES = 8;
/** Of attempts to get good answers while a thread is replaced. */
const PATIENCE = 200;
/** Times that a crossing is run alone when none fails at once. */
const ALONE_TRIES = 20;
/** For what a thread has written to its log to be read. */
const LOG_MS = 60;
/** For a thread's end to be seen when a good client has lost its connection. */
const NEWS_MS = 500;

/** One thing that must not be, with the shortest crossing found that brings it about. */
export interface CrossingFinding {
  readonly difference: string;
  readonly crossing: Crossing;
  /** How often it was seen; the line of the log, if that is where. */
  readonly readings: Readonly<Record<string, unknown>>;
}

export interface CrossingTally {
  crossings: number;
  /** Of which something reached the backend; of which the client got its own mark back. */
  reached: number;
  answered: number;
  /** Times that a thread was lost. */
  threads: number;
  /** Contained panics, which cost no more than what they belonged to. */
  panics: number;
}

interface CrossingRun {
  readonly tally: CrossingTally;
  readonly findings: readonly CrossingFinding[];
  /** Without what it took to look for shorter crossings. */
  readonly seconds: number;
}

/**
 * Runs crossings through a router in a process of its own, several at a time. No thread may end, good clients beside
 * them must get their own answers, and nobody the bytes of somebody else.
 */
export class CrossingLayer {
  readonly #count: number;
  #rig: Rig;
  #found: CrossingFinding[] = [];
  #faults = new Faults();
  #restarting: Promise<void> | null = null;

  static async start(lanes = LANES): Promise<CrossingLayer> {
    return new CrossingLayer(lanes, await Rig.start(lanes));
  }

  private constructor(count: number, rig: Rig) {
    this.#count = count;
    this.#rig = rig;
    this.#watch();
  }

  stop(): Promise<void> {
    return this.#rig.stop();
  }

  /** Crossings `first` to `end` of a seed. `onProgress` is called after each. */
  async run(
    range: { readonly seed: number; readonly first: number; readonly end: number },
    onProgress: (tally: CrossingTally) => void = () => {},
  ): Promise<CrossingRun> {
    const began = performance.now();
    this.#found = [];
    this.#faults = new Faults();
    let next = range.first;
    const tally: CrossingTally = { crossings: 0, reached: 0, answered: 0, threads: 0, panics: 0 };
    const work = async (number: number) => {
      while (next < range.end) {
        const { reached, answered } = await this.#runOne(number, makeCrossing(range.seed, next++));
        tally.crossings++;
        tally.reached += Number(reached);
        tally.answered += Number(answered);
        onProgress(tally);
      }
    };
    await Promise.all(Array.from({ length: this.#count }, (_, number) => work(number)));
    const seconds = (performance.now() - began) / 1000;
    await delay(LOG_MS);
    const faults = [...this.#faults.bySignature.values()];
    for (const { incident, count } of faults)
      tally[incident.rank === 'panic' ? 'panics' : 'threads'] += count;
    const findings = [...this.#found];
    for (const fault of faults) findings.push(await this.#explain(fault));
    return { tally, findings, seconds };
  }

  /** What is wrong when it is run alone, or `null`. */
  async judge(crossing: Crossing): Promise<string | null> {
    this.#faults = new Faults();
    let wrong: string | null = null;
    try {
      wrong = (await this.#lane(0).run(crossing)).leak;
      await delay(LOG_MS);
      if (this.#faults.isAftermath) await this.#recovered(0);
      else await this.#lane(0).recovered(1);
    } catch (error) {
      wrong = (error as Error).message;
      await this.#recovered(0);
    }
    const [fault] = this.#faults.bySignature.values();
    return fault === undefined ? wrong : sentence(fault.incident);
  }

  async #runOne(number: number, crossing: Crossing): Promise<Outcome> {
    const lane = this.#lane(number);
    const heard = this.#faults.heard;
    try {
      const outcome = await lane.run(crossing);
      const { leak } = outcome;
      if (leak !== null) this.#found.push({ difference: leak, crossing, readings: { recent: lane.recent } });
      return outcome;
    } catch (error) {
      await delay(NEWS_MS);
      if (this.#faults.heard === heard && !this.#faults.isAftermath) {
        const { message, stack } = error as Error;
        const beside = this.#rig.lanes.flatMap(({ recent }) => recent);
        this.#found.push({ difference: message, crossing, readings: { stack, beside } });
      }
      await this.#recovered(number);
      return NOTHING;
    }
  }

  /** Resolves when good requests are answered again, by another process if need be. */
  async #recovered(number: number): Promise<void> {
    await delay(NEWS_MS);
    if (this.#rig.isGone) this.#restarting ??= this.#restart();
    await this.#restarting;
    await this.#lane(number).recovered(PATIENCE);
  }

  async #restart(): Promise<void> {
    await this.#rig.stop();
    this.#rig = await Rig.start(this.#count);
    this.#watch();
    this.#restarting = null;
  }

  #watch(): void {
    const { lanes, router } = this.#rig;
    router.onIncident = (incident) =>
      this.#faults.note(incident, () => lanes.flatMap(({ recent }) => recent));
  }

  #lane(number: number): Lane {
    return this.#rig.lanes[number]!;
  }

  /** Looks for the one among the suspects that does it alone; what hangs on a moment may need many tries. */
  async #explain({ incident, count, suspects }: Fault): Promise<CrossingFinding> {
    const difference = sentence(incident);
    const readings = { count, log: incident.line };
    for (const tries of [1, ALONE_TRIES]) {
      const fails = (crossing: Crossing) => this.#fails(crossing, incident, tries);
      for (const suspect of suspects) {
        if (await fails(suspect)) return { difference, crossing: await shorten(suspect, fails), readings };
      }
    }
    const [crossing] = suspects as [Crossing];
    return { difference: `${difference}, by none alone`, crossing, readings: { ...readings, suspects } };
  }

  async #fails(crossing: Crossing, incident: Incident, tries: number): Promise<boolean> {
    for (let i = 0; i < tries; i++) {
      await this.judge(crossing);
      if (this.#faults.bySignature.has(incident.signature)) return true;
    }
    return false;
  }
}

function sentence({ rank, signature }: Incident): string {
  return rank === 'thread' ? `a thread is lost: ${signature}` : `a handler throws: ${signature}`;
}
