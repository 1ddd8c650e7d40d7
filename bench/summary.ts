import type { Sample } from './measure.ts';
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
  readonly samples: readonly Sample[];
}

/** One row per proxy from its samples, one per round and in the order of the rounds. */
export function summarise(samples: ReadonlyMap<string, readonly Sample[]>): Row[] {
  return Array.from(samples, ([name, own]) => {
    const over = (figure: (sample: Sample) => number) => spread(own.map(figure));
    return {
      name,
      cpuMicroseconds: over(({ saturated }) => saturated.cpuMicroseconds),
      ratios: ratios(own, samples),
      requestsPerSecond: over(({ saturated }) => saturated.requests / saturated.seconds),
      idle: over(({ saturated }) => saturated.core.idle),
      saturated: { p50: over(({ saturated }) => saturated.p50), p99: over(({ saturated }) => saturated.p99) },
      steady: { p50: over(({ steady }) => steady.p50), p99: over(({ steady }) => steady.p99) },
      notes: notes(own),
      samples: own,
    };
  });
}

function ratios(own: readonly Sample[], samples: ReadonlyMap<string, readonly Sample[]>): Ratios {
  const found: Ratios = {};
  for (const reference of REFERENCES) {
    const theirs = samples.get(reference);
    if (!theirs) continue;
    found[reference] = spread(
      own.map(({ saturated }, round) => saturated.cpuMicroseconds / theirs[round]!.saturated.cpuMicroseconds),
    );
  }
  return found;
}

function notes(samples: readonly Sample[]): string[] {
  const found: string[] = [];
  const shares = {
    'the load generator was the limit: its core idled': samples.map(({ saturated }) => saturated.core.idle),
    'disturbed: the hypervisor took its core': samples.map(({ saturated }) => saturated.core.stolen),
    'disturbed: other processes used its core': samples.map(({ saturated }) => saturated.others),
  };
  for (const [meaning, values] of Object.entries(shares)) {
    const share = median(values);
    if (share > TOLERATED) found.push(`${meaning} ${Math.round(share * 100)} % of the time`);
  }
  const failures = samples.reduce(
    (sum, { saturated, steady }) => sum + saturated.failures + steady.failures,
    0,
  );
  if (failures > 0) found.push(`${failures} failed requests`);
  return found;
}
