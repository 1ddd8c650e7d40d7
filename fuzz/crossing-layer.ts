import { setTimeout as delay } from 'node:timers/promises';
import { type Crossing, makeCrossing } from './crossing/crossing.ts';
import { type Fault, Faults } from './crossing/faults.ts';
import { startGoodBackend } from './crossing/good-backend.ts';
import { goodHost } from './crossing/good-client.ts';
import { Lane } from './crossing/lane.ts';
import { shorten } from './crossing/shorten.ts';
import { type Incident, WatchedRouter } from './crossing/watched-router.ts';
import { Teardown } from './socket/teardown.ts';

const LANES = 8;
/** Of attempts to get good answers while a thread is replaced. */
const PATIENCE = 200;
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
  readonly #teardown: Teardown;
  readonly #router: WatchedRouter;
  readonly #lanes: readonly Lane[];
  #found: CrossingFinding[] = [];
  #faults = new Faults();

  static async start(lanes = LANES): Promise<CrossingLayer> {
    const teardown = new Teardown();
    const router = await WatchedRouter.start(teardown);
    for (const version of ['1', '2'] as const) {
      await router.route(goodHost(version), await startGoodBackend(version, teardown), version);
    }
    const all: Lane[] = [];
    for (let number = 0; number < lanes; number++) all.push(await Lane.start(router, number, teardown));
    return new CrossingLayer(teardown, router, all);
  }

  private constructor(teardown: Teardown, router: WatchedRouter, lanes: readonly Lane[]) {
    this.#teardown = teardown;
    this.#router = router;
    this.#lanes = lanes;
    router.onIncident = (incident) => this.#onIncident(incident);
  }

  stop(): Promise<void> {
    this.#router.onIncident = () => {};
    return this.#teardown.run();
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
    const work = async (lane: Lane) => {
      while (next < range.end) {
        await this.#runOne(lane, makeCrossing(range.seed, next++));
        tally.crossings++;
        onProgress(tally);
      }
    };
    await Promise.all(this.#lanes.map(work));
    const seconds = (performance.now() - began) / 1000;
    await delay(LOG_MS);
    for (const lane of this.#lanes) {
      tally.reached += lane.reached;
      tally.answered += lane.answered;
    }
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
    const [lane] = this.#lanes as [Lane];
    let wrong: string | null = null;
    try {
      wrong = await lane.run(crossing);
      await delay(LOG_MS);
      await lane.recovered(1);
    } catch (error) {
      wrong = (error as Error).message;
      await delay(LOG_MS);
      await lane.recovered(PATIENCE);
    }
    const [fault] = this.#faults.bySignature.values();
    return fault === undefined ? wrong : sentence(fault.incident);
  }

  async #runOne(lane: Lane, crossing: Crossing): Promise<void> {
    const heard = this.#faults.heard;
    try {
      const leak = await lane.run(crossing);
      if (leak !== null) this.#found.push({ difference: leak, crossing, readings: { recent: lane.recent } });
    } catch (error) {
      await delay(NEWS_MS);
      if (this.#faults.heard === heard && !this.#faults.isAftermath) {
        const { message, stack } = error as Error;
        const beside = this.#lanes.flatMap((each) => each.recent);
        this.#found.push({ difference: message, crossing, readings: { stack, beside } });
      }
      await lane.recovered(PATIENCE);
    }
  }

  #onIncident(incident: Incident): void {
    this.#faults.note(incident, () => this.#lanes.flatMap(({ recent }) => recent));
  }

  /** Looks for the one among the suspects that does it alone. */
  async #explain({ incident, count, suspects }: Fault): Promise<CrossingFinding> {
    const difference = sentence(incident);
    const readings = { count, log: incident.line };
    const fails = async (crossing: Crossing) => (await this.judge(crossing)) === difference;
    for (const suspect of suspects) {
      if (await fails(suspect)) return { difference, crossing: await shorten(suspect, fails), readings };
    }
    const [crossing] = suspects as [Crossing];
    return { difference: `${difference}, by none alone`, crossing, readings: { ...readings, suspects } };
  }
}

function sentence({ rank, signature }: Incident): string {
  return rank === 'thread' ? `a thread is lost: ${signature}` : `a handler throws: ${signature}`;
}
