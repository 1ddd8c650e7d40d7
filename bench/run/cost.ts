import type { RunningProxy } from '../contender.ts';
import type { Check } from '../report/check.ts';
import type { CostScenario, Outcome, Site } from '../scenario.ts';
import { ratios, spread } from '../statistics.ts';
import { costs, disturbances, summarise } from '../summary.ts';
import { warmUp } from '../warm-up.ts';
import { measureWindow, type Sample } from '../window.ts';

/** The proxies take turns in windows of a second or so: A B C A B C, so that all see the same machine. */
export async function runCost(
  scenario: CostScenario,
  { bed, length, warmUpOf, progress }: Site,
  proxies: ReadonlyMap<string, RunningProxy>,
): Promise<Outcome> {
  const { load, listener, unit } = scenario;
  const samples = new Map<string, Sample[]>();
  for (const [name, proxy] of proxies) {
    await warmUp(bed, proxy, listener, load, warmUpOf(name));
    progress(`warmed up ${name}`, warmUpOf(name));
    samples.set(name, []);
  }
  for (let round = 1; round <= length.rounds; round++) {
    const figures: string[] = [];
    for (const [name, proxy] of proxies) {
      const sample = await measureWindow(bed, proxy, listener, load, length.seconds);
      samples.get(name)!.push(sample);
      figures.push(`${name} ${sample.cpuMicroseconds.toFixed(1)}`);
    }
    const line = `${round}/${length.rounds}, CPU µs per ${unit}: ${figures.join(', ')}`;
    progress(line, length.seconds * proxies.size);
  }
  return {
    unit,
    conditions: `${load.description}; medians of ${length.rounds} interleaved rounds of ${length.seconds} s`,
    rows: summarise(samples, scenario.sharedCores),
    checks: checks(scenario, samples),
    notes: [],
  };
}

function checks(scenario: CostScenario, samples: ReadonlyMap<string, readonly Sample[]>): Check[] {
  return scenario.bounds.flatMap(({ subject, reference, most }) => {
    const [own, theirs] = [samples.get(subject), samples.get(reference)];
    if (!own || !theirs) return [];
    const doubts = scenario.sharedCores
      ? []
      : [...new Set([...disturbances(own), ...disturbances(theirs)].map((text) => text.split(':')[0]!))];
    return {
      what: `${subject} against ${reference}`,
      value: spread(ratios(costs(own), costs(theirs))),
      most,
      unit: '×',
      ...(doubts.length > 0 && { doubt: doubts.join(', ') }),
    };
  });
}
