import type { Bed } from '../bed.ts';

/** One measured value and what it is held to. */
export interface Check {
  readonly what: string;
  readonly value: number;
  /** Written behind the value; may be empty. */
  readonly unit: string;
  readonly relation: 'at most' | 'at least';
  readonly pass: number;
  /** A bound beyond `pass`, where there is one. */
  readonly stretch?: number;
}

export type Verdict = 'missed' | 'pass' | 'stretch';

export interface Outcome {
  readonly checks: readonly Check[];
  /** What else a reader must know: sentences. */
  readonly notes: readonly string[];
}

/** What a figure runs with. */
export interface Site {
  readonly bed: Bed;
  /** Share of the full load, 0..1]. */
  readonly scale: number;
  /** How long each flood goes on. */
  readonly seconds: number;
  say(line: string): void;
}

/** A load or fault and what the router must make of it. */
export interface Figure {
  /** Upper case, as the figures are called in the documentation. */
  readonly id: string;
  readonly what: string;
  /** @throws CannotStart when the machine lacks something, or a process ended */
  run(site: Site): Promise<Outcome>;
}

export function verdict({ value, relation, pass, stretch }: Check): Verdict {
  const holds = (bound: number) => (relation === 'at most' ? value <= bound : value >= bound);
  if (!holds(pass)) return 'missed';
  return stretch !== undefined && holds(stretch) ? 'stretch' : 'pass';
}

/** The verdict as it is told of a run with a share of the load: a bound of the full load is not kept by less. */
export function toldVerdict(verdict: Verdict, scale: number): string {
  if (scale === 1) return verdict;
  const share = `at ${Number((scale * 100).toPrecision(3))} % of the load`;
  return verdict === 'missed' ? `missed ${share}` : `not judged ${share}`;
}

/** Of all checks, the least. */
export function verdictOfAll(checks: readonly Check[]): Verdict {
  const verdicts = checks.map(verdict);
  if (verdicts.includes('missed')) return 'missed';
  return checks.every((check, index) => check.stretch === undefined || verdicts[index] === 'stretch') &&
    verdicts.includes('stretch')
    ? 'stretch'
    : 'pass';
}
