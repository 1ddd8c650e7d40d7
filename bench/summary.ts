import { LOAD_WAS_THE_LIMIT } from './report/check.ts';
import { ratios, type Spread, spread } from './statistics.ts';
import type { Sample } from './window.ts';

/** Share of its core above which a proxy idled for want of load, or something disturbed it. */
const TOLERATED = 0.1;

/** The proxies that the others are held against. */
const REFERENCES = ['haproxy', 'undici'] as const;

type Ratios = { [reference in (typeof REFERENCES)[number]]?: Spread };

/** Milliseconds; NaN where the generator does not tell. */
interface Latency {
  readonly p50: Spread;
  readonly p99: Spread;
}

/** One proxy in one scenario. */
export interface Row {
  readonly name: string;
  /** CPU µs per operation; left out where that was not measured. */
  readonly cost?: Spread;
  /** Cost as a multiple of a reference's, where that was measured: per round, then the spread. */
  readonly ratios: Readonly<Ratios>;
  /** Operations per second. */
  readonly rate: Spread;
  /** Share of its core that nothing used while the proxy was saturated. */
  readonly idle?: Spread;
  /** The same of the load's core. */
  readonly loadIdle?: Spread;
  readonly latency?: Latency;
  /** Milliseconds by percentile, each the median of the rounds. */
  readonly percentiles?: readonly (readonly [percentile: number, milliseconds: number])[];
  readonly notes: readonly string[];
  /** By what was measured, a value per round. */
  readonly samples?: Readonly<Record<string, readonly number[]>>;
}

/** One row per proxy from its samples, in the order of the rounds. */
export function summarise(samples: ReadonlyMap<string, readonly Sample[]>, sharedCores = false): Row[] {
  return Array.from(samples, ([name, own]) => ({
    name,
    cost: spread(costs(own)),
    ratios: ratiosToReferences(own, samples),
    rate: spread(own.map(({ operations, seconds }) => operations / seconds)),
    ...(!sharedCores && {
      idle: spread(own.map(({ core }) => core.idle)),
      loadIdle: spread(own.map(({ loadIdle }) => loadIdle)),
    }),
    ...latencyOf(own),
    notes: notes(own, sharedCores),
    samples: columns(own),
  }));
}

export function costs(samples: readonly Sample[]): number[] {
  return samples.map(({ cpuMicroseconds }) => cpuMicroseconds);
}

function columns(samples: readonly Sample[]): Record<string, readonly number[]> {
  return {
    cpuMicroseconds: costs(samples),
    operations: samples.map(({ operations }) => operations),
    seconds: samples.map(({ seconds }) => seconds),
    p50: samples.flatMap(({ p50 }) => p50 ?? []),
    p99: samples.flatMap(({ p99 }) => p99 ?? []),
    idle: samples.map(({ core }) => core.idle),
    stolen: samples.map(({ core }) => core.stolen),
    others: samples.map(({ others }) => others),
    loadIdle: samples.map(({ loadIdle }) => loadIdle),
  };
}

function latencyOf(samples: readonly Sample[]): { latency?: Latency } {
  const [p50, p99] = [
    samples.flatMap((sample) => sample.p50 ?? []),
    samples.flatMap((sample) => sample.p99 ?? []),
  ];
  return p50.length === 0 ? {} : { latency: { p50: spread(p50), p99: spread(p99) } };
}

function ratiosToReferences(own: readonly Sample[], samples: ReadonlyMap<string, readonly Sample[]>): Ratios {
  const found: Ratios = {};
  for (const reference of REFERENCES) {
    const theirs = samples.get(reference);
    if (theirs) found[reference] = spread(ratios(costs(own), costs(theirs)));
  }
  return found;
}

function notes(samples: readonly Sample[], sharedCores: boolean): string[] {
  const found = sharedCores ? [] : disturbances(samples);
  const failures = samples.reduce((sum, sample) => sum + sample.failures, 0);
  const operations = samples.reduce((sum, sample) => sum + sample.operations, 0);
  if (failures > 0) found.push(`${failures} of ${operations + failures} failed`);
  return found;
}

/** Why the cost of a proxy is not what it should be. */
export function disturbances(samples: readonly Sample[]): string[] {
  const loadIdle = spread(samples.map((sample) => sample.loadIdle)).median;
  const limit =
    loadIdle < TOLERATED
      ? `${LOAD_WAS_THE_LIMIT}: its core idled`
      : 'nothing was the limit but waiting: its core idled';
  const shares = {
    [limit]: samples.map(({ core }) => core.idle),
    'disturbed: the hypervisor took its core': samples.map(({ core }) => core.stolen),
    'disturbed: other processes used its core': samples.map(({ others }) => others),
  };
  return Object.entries(shares)
    .map(([meaning, values]) => [meaning, spread(values).median] as const)
    .filter(([, share]) => share > TOLERATED)
    .map(([meaning, share]) => `${meaning} ${Math.round(share * 100)} % of the time`);
}
