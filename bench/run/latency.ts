import type { RunningProxy } from '../contender.ts';
import { type Latencies, PERCENTILES, THINKING_CONNECTIONS, think } from '../load/thinking.ts';
import { type Check, LOAD_FELL_SHORT } from '../report/check.ts';
import type { LatencyScenario, Outcome, Site } from '../scenario.ts';
import { median, type Spread, spread } from '../statistics.ts';
import type { Row } from '../summary.ts';
import { warmUp } from '../warm-up.ts';
import { assertServed, measureWindow } from '../window.ts';
import { describeRounds, doubtOfRounds, FEWEST_ROUNDS } from './rounds.ts';

/** Share of the load that is meant which has to come through. */
const ENOUGH = 0.9;

export async function runLatency(
  scenario: LatencyScenario,
  { bed, length, time, warmUpOf, progress }: Site,
  proxies: ReadonlyMap<string, RunningProxy>,
): Promise<Outcome> {
  const { load, listener } = scenario;
  const samples = new Map<string, Latencies[]>();
  const rates = new Map<string, number>();
  const roundSeconds = length.seconds * proxies.size;
  for (const [name, proxy] of proxies) {
    await warmUp(bed, proxy, listener, load, warmUpOf(name) - 1, () =>
      time.hasRoomFor(FEWEST_ROUNDS * roundSeconds),
    );
    const { operations, seconds } = await measureWindow(bed, proxy, listener, load, 1);
    progress(`warmed up ${name}`, warmUpOf(name));
    rates.set(name, operations / seconds);
    samples.set(name, []);
  }
  const [first] = rates.values();
  const rate = Math.round((rates.get('cellgate') ?? first!) / 2);
  let rounds = 0;
  while (rounds < length.rounds && (rounds === 0 || time.hasRoomFor(roundSeconds))) {
    rounds++;
    const figures: string[] = [];
    for (const [name, proxy] of proxies) {
      proxy.attend?.(true);
      const result = await think(bed, { listener, port: proxy.port }, length.seconds, rate);
      proxy.attend?.(false);
      assertServed(proxy, result.requests);
      samples.get(name)!.push(result);
      figures.push(`${name} ${at(result, 99).toFixed(2)}`);
    }
    const line = `${rounds}/${length.rounds}, p99 ms: ${figures.join(', ')}`;
    progress(line, roundSeconds);
  }
  return {
    unit: 'request',
    conditions:
      `about ${rate} requests/s, half of what cellgate can do, from ${THINKING_CONNECTIONS} clients of wrk that pause between requests; ` +
      `medians of ${describeRounds(rounds, length)}`,
    rows: Array.from(samples, ([name, own]) => rowOf(name, own, rate)),
    checks: checks(scenario, samples, rate, doubtOfRounds(rounds, length)),
    notes: [],
  };
}

function rowOf(name: string, samples: readonly Latencies[], rate: number): Row {
  const failures = samples.reduce((sum, sample) => sum + sample.failures, 0);
  const served = servedBy(samples);
  const late = served.median < rate * ENOUGH;
  return {
    name,
    ratios: {},
    rate: served,
    latency: { p50: spread(samples.map((s) => at(s, 50))), p99: spread(samples.map((s) => at(s, 99))) },
    percentiles: PERCENTILES.map((p) => [p, median(samples.map((sample) => at(sample, p)))] as const),
    notes: [
      ...(late ? [`${Math.round(served.median)} requests/s came through instead of ${rate}`] : []),
      ...(failures > 0 ? [`${failures} failed`] : []),
    ],
  };
}

function checks(
  scenario: LatencyScenario,
  samples: ReadonlyMap<string, readonly Latencies[]>,
  rate: number,
  fewRounds: readonly string[],
): Check[] {
  return scenario.bounds.flatMap(({ subject, reference, most }) => {
    const [own, theirs] = [samples.get(subject), samples.get(reference)];
    if (!own || !theirs) return [];
    const differences = own.map((sample, round) => at(sample, 99) - at(theirs[round]!, 99));
    const what = `p99 of ${subject} above that of ${reference}`;
    const short = [own, theirs].some((each) => servedBy(each).median < rate * ENOUGH);
    const doubts = [...(short ? [LOAD_FELL_SHORT] : []), ...fewRounds];
    return {
      what,
      value: spread(differences),
      most,
      unit: 'ms',
      ...(doubts.length > 0 && { doubt: doubts.join(', ') }),
    };
  });
}

function servedBy(samples: readonly Latencies[]): Spread {
  return spread(samples.map(({ requests, seconds }) => requests / seconds));
}

function at({ percentiles }: Latencies, percentile: (typeof PERCENTILES)[number]): number {
  return percentiles[PERCENTILES.indexOf(percentile)]!;
}
