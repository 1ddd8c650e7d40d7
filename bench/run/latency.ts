import type { RunningProxy } from '../contender.ts';
import { type Latencies, PERCENTILES, THINKING_CONNECTIONS, think } from '../load/thinking.ts';
import type { Check } from '../report/check.ts';
import type { LatencyScenario, Outcome, Site } from '../scenario.ts';
import { median, spread } from '../statistics.ts';
import type { Row } from '../summary.ts';
import { warmUp } from '../warm-up.ts';
import { assertServed, measureWindow } from '../window.ts';

export async function runLatency(
  scenario: LatencyScenario,
  { bed, length, warmUpOf, progress }: Site,
  proxies: ReadonlyMap<string, RunningProxy>,
): Promise<Outcome> {
  const { load, listener } = scenario;
  const samples = new Map<string, Latencies[]>();
  const rates = new Map<string, number>();
  for (const [name, proxy] of proxies) {
    await warmUp(bed, proxy, listener, load, warmUpOf(name) - 1);
    const { operations, seconds } = await measureWindow(bed, proxy, listener, load, 1);
    progress(`warmed up ${name}`, warmUpOf(name));
    rates.set(name, operations / seconds);
    samples.set(name, []);
  }
  const [first] = rates.values();
  const rate = Math.round((rates.get('cellgate') ?? first!) / 2);
  for (let round = 1; round <= length.rounds; round++) {
    const figures: string[] = [];
    for (const [name, proxy] of proxies) {
      proxy.attend?.(true);
      const result = await think(bed, { listener, port: proxy.port }, length.seconds, rate);
      proxy.attend?.(false);
      assertServed(proxy, result.requests);
      samples.get(name)!.push(result);
      figures.push(`${name} ${at(result, 99).toFixed(2)}`);
    }
    const line = `${round}/${length.rounds}, p99 ms: ${figures.join(', ')}`;
    progress(line, length.seconds * proxies.size);
  }
  return {
    unit: 'request',
    conditions:
      `about ${rate} requests/s, half of what cellgate can do, from ${THINKING_CONNECTIONS} clients of wrk that pause between requests; ` +
      `medians of ${length.rounds} interleaved rounds of ${length.seconds} s`,
    rows: Array.from(samples, ([name, own]) => rowOf(name, own, rate)),
    checks: checks(scenario, samples),
    notes: [],
  };
}

function rowOf(name: string, samples: readonly Latencies[], rate: number): Row {
  const failures = samples.reduce((sum, sample) => sum + sample.failures, 0);
  const served = spread(samples.map(({ requests, seconds }) => requests / seconds));
  const late = served.median < rate * 0.9;
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

function checks(scenario: LatencyScenario, samples: ReadonlyMap<string, readonly Latencies[]>): Check[] {
  return scenario.bounds.flatMap(({ subject, reference, most }) => {
    const [own, theirs] = [samples.get(subject), samples.get(reference)];
    if (!own || !theirs) return [];
    const differences = own.map((sample, round) => at(sample, 99) - at(theirs[round]!, 99));
    const what = `p99 of ${subject} above that of ${reference}`;
    return { what, value: spread(differences), most, unit: 'ms' };
  });
}

function at({ percentiles }: Latencies, percentile: (typeof PERCENTILES)[number]): number {
  return percentiles[PERCENTILES.indexOf(percentile)]!;
}
