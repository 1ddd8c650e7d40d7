import type { Bed } from './bed.ts';
import type { Contender, Listener } from './contender.ts';
import type { Load } from './load/load.ts';
import type { OriginKind } from './origin.ts';
import type { Check } from './report/check.ts';
import type { Row } from './summary.ts';
import type { TimeBudget } from './time-budget.ts';

/** A proxy as it takes part in one scenario. */
export interface Entrant {
  /** Its own in the scenario; that of the contender unless told otherwise. */
  readonly name: string;
  readonly contender: string;
  /** Routes beside the measured one. */
  readonly routes?: number;
  readonly threads?: number;
}

/** How long it is measured; the quick run and the command line have other ideas. */
export interface Length {
  readonly rounds: number;
  /** Of one window. */
  readonly seconds: number;
  /** Of CPU time before the first window, per proxy that is not machine code from the start. */
  readonly warmUp: number;
}

interface Common {
  /** As --only takes it. */
  readonly name: string;
  readonly title: string;
  readonly entrants: readonly Entrant[];
  /** Present where those that the environment names take part, and how. */
  readonly guests?: Pick<Entrant, 'routes'>;
  readonly listener: Listener;
  readonly origin: OriginKind;
  /** Where the connections that all proxies keep are too many for one. */
  readonly originEach?: true;
  readonly length: Length;
  /** Present where the quick run has it too, with whom and for how long. */
  readonly quick?: { readonly entrants: readonly string[]; readonly length: Length };
  /** File descriptors that each process needs. */
  readonly descriptors?: number;
}

/** CPU per operation of a proxy that has all it can do. */
export interface CostScenario extends Common {
  readonly kind: 'cost';
  /** One operation: request, message, MB. */
  readonly unit: string;
  readonly load: Load;
  /** `subject`'s CPU per operation over that of `reference`, taken within each round. */
  readonly bounds: readonly { readonly subject: string; readonly reference: string; readonly most: number }[];
  /** Where proxies and load share all cores, a core says nothing of the proxy. */
  readonly sharedCores?: true;
}

/** Latency at half of what `subject` can do, the same rate for all. */
export interface LatencyScenario extends Common {
  readonly kind: 'latency';
  readonly load: Load;
  /** Milliseconds that the p99 of `subject` may be above that of `reference`. */
  readonly bounds: readonly { readonly subject: string; readonly reference: string; readonly most: number }[];
}

/** How a few long connections are spread over threads. */
export interface SpreadScenario extends Common {
  readonly kind: 'spread';
  readonly connections: number;
}

export type Scenario = CostScenario | LatencyScenario | SpreadScenario;

export interface Outcome {
  /** How it was measured, as one sentence. */
  readonly conditions: string;
  readonly unit: string;
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
}

/** What a scenario runs with. */
export interface Site {
  readonly bed: Bed;
  readonly length: Length;
  /** Rounds end where it does, but for the first. */
  readonly time: TimeBudget;
  /** Seconds of CPU time that a proxy has before it is measured, by the name of the entrant. */
  warmUpOf(name: string): number;
  /** One line of progress, with the seconds of measuring that it stands for. */
  progress(line: string, seconds: number): void;
}

export interface Participant {
  readonly entrant: Entrant;
  readonly contender: Contender;
}
