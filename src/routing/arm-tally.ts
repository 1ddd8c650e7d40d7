import { LATENCY_CELLS, latencyCell } from '../latency/cells.ts';

/** What became of a first attempt, as far as it speaks of the arm that it went to. */
export type ArmOutcome =
  | 'answered'
  | 'app-error'
  | 'gateway-error'
  | 'aborted'
  /** It says nothing about the arm: only that it had begun is counted. */
  | 'not-judged';

/** A request that failed, by the id that its client and its application were given. */
export interface WorstRequest {
  readonly id: string;
  /** What the application answered; 0: nothing. */
  readonly status: number;
  /** Until the response began, or until there was to be none. */
  readonly ms: number;
}

/** First attempts at one arm: what a thread has counted since it last told. */
export interface ArmRow {
  readonly route: string;
  /** As text. */
  readonly arm: string;
  /** By `ARM_COUNTS`. */
  readonly counts: readonly number[];
  /** `latency/cells.ts`; of those that were answered, failed or waited for in vain. */
  readonly latency: Uint32Array;
  readonly worst: readonly WorstRequest[];
}

/** What is counted, in the order of `ArmRow.counts`. Those that have ended are all that follow `ended`, and more. */
export const ARM_COUNTS = ['begun', 'ended', 'answered', 'app-error', 'gateway-error', 'aborted'] as const;

const BEGUN = 0;
const ENDED = 1;
/** Of failed requests. */
const MOST_WORST = 10;

/** Those that take longest first. */
export function worstOf(requests: readonly WorstRequest[]): WorstRequest[] {
  return requests.toSorted((a, b) => b.ms - a.ms).slice(0, MOST_WORST);
}

/** Counts first attempts at one arm of a route on one thread. */
export class ArmTally {
  readonly route: string;
  readonly arm: string;
  readonly #changed: Set<ArmTally>;
  #counts = new Array<number>(ARM_COUNTS.length).fill(0);
  #latency = new Uint32Array(LATENCY_CELLS);
  #worst: WorstRequest[] = [];

  /** @param changed where it puts itself once there is something to tell */
  constructor(route: string, arm: string, changed: Set<ArmTally>) {
    this.route = route;
    this.arm = arm;
    this.#changed = changed;
  }

  begin(): void {
    this.#add(BEGUN);
  }

  /** To be called once for every `begin`. @param request without an id: what it was cannot be named */
  end(outcome: ArmOutcome, request: WorstRequest): void {
    this.#add(ENDED);
    if (outcome === 'not-judged') return;
    this.#counts[ARM_COUNTS.indexOf(outcome)]!++;
    this.#latency[latencyCell(request.ms)]!++;
    if (outcome === 'answered' || outcome === 'aborted' || request.id === '') return;
    const { length } = this.#worst;
    if (length < MOST_WORST) this.#worst.push(request);
    else if (this.#worst.at(-1)!.ms < request.ms) this.#worst = worstOf([...this.#worst, request]);
  }

  /** What has been counted since the last time. */
  take(): ArmRow {
    const row = {
      route: this.route,
      arm: this.arm,
      counts: this.#counts,
      latency: this.#latency,
      worst: this.#worst,
    };
    this.#counts = new Array<number>(ARM_COUNTS.length).fill(0);
    this.#latency = new Uint32Array(LATENCY_CELLS);
    this.#worst = [];
    return row;
  }

  #add(count: number): void {
    this.#counts[count]!++;
    this.#changed.add(this);
  }
}

/** The tallies of a thread: one for each arm, however often the arms are made anew. */
export class ArmTallies {
  readonly #byRoute = new Map<string, Map<string, ArmTally>>();
  readonly #changed = new Set<ArmTally>();

  of(route: string, arm: string): ArmTally {
    let arms = this.#byRoute.get(route);
    if (arms === undefined) {
      arms = new Map();
      this.#byRoute.set(route, arms);
    }
    let tally = arms.get(arm);
    if (tally === undefined) {
      tally = new ArmTally(route, arm, this.#changed);
      arms.set(arm, tally);
    }
    return tally;
  }

  /** The route has no split any more. What is under way there is told of all the same. */
  forget(route: string): void {
    this.#byRoute.delete(route);
  }

  /** Of the arms at which something has happened since this was last asked. */
  take(): ArmRow[] {
    if (this.#changed.size === 0) return [];
    const rows = Array.from(this.#changed, (tally) => tally.take());
    this.#changed.clear();
    return rows;
  }
}
