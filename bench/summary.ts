import type { LoadResult } from './load/load.ts';
import type { Samples } from './measure.ts';
import { median, type Spread, spread } from './statistics.ts';

/** Share of its core above which a proxy idled for want of load, or something disturbed it. */
const TOLERATED = 0.1;

/** The proxies that the others are held against. */
const REFERENCES = ['haproxy', 'undici'] as const;

type Ratios = { [reference in (typeof REFERENCES)[number]]?: Spread };

interface Latency {
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
}

export interface Row {
  readonly name: string;
  readonly cpuMicroseconds: Spread;
  /** CPU per request as a multiple of a reference's, where that was measured: per round, then the spread. */
  readonly ratios: Readonly<Ratios>;
  readonly requestsPerSecond: Spread;
  /** Share of its core that nothing used while the proxy was saturated. */
  readonly idle: Spread;
  readonly saturated: Latency;
  readonly steady: Latency;
  readonly notes: readonly string[];
  readonly samples: Samples;
}

/** One row per proxy from its samples, in the order of the rounds. */
export function summarise(samples: ReadonlyMap<string, Samples>): Row[] {
  return Array.from(samples, ([name, own]) => {
    const { saturated, steady } = own;
    return {
      name,
      cpuMicroseconds: spread(saturated.map((sample) => sample.cpuMicroseconds)),
      ratios: ratios(own, samples),
      requestsPerSecond: spread(saturated.map(({ requests, seconds }) => requests / seconds)),
      idle: spread(saturated.map(({ core }) => core.idle)),
      saturated: latency(saturated),
      steady: latency(steady),
      notes: notes(own),
      samples: own,
    };
  });
}

function latency(results: readonly LoadResult[]): Latency {
  return { p50: spread(results.map(({ p50 }) => p50)), p99: spread(results.map(({ p99 }) => p99)) };
}

function ratios(own: Samples, samples: ReadonlyMap<string, Samples>): Ratios {
  const found: Ratios = {};
  for (const reference of REFERENCES) {
    const theirs = samples.get(reference);
    if (!theirs) continue;
    found[reference] = spread(
      own.saturated.map(
        ({ cpuMicroseconds }, round) => cpuMicroseconds / theirs.saturated[round]!.cpuMicroseconds,
      ),
    );
  }
  return found;
}

function notes({ saturated, steady }: Samples): string[] {
  const found: string[] = [];
  const shares = {
    'the load generator was the limit: its core idled': saturated.map(({ core }) => core.idle),
    'disturbed: the hypervisor took its core': saturated.map(({ core }) => core.stolen),
    'disturbed: other processes used its core': saturated.map(({ others }) => others),
  };
  for (const [meaning, values] of Object.entries(shares)) {
    const share = median(values);
    if (share > TOLERATED) found.push(`${meaning} ${Math.round(share * 100)} % of the time`);
  }
  const failures = [...saturated, ...steady].reduce((sum, result) => sum + result.failures, 0);
  if (failures > 0) found.push(`${failures} failed requests`);
  return found;
}
