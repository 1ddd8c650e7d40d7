import type { RunningProxy } from '../contender.ts';
import type { Check } from '../report/check.ts';
import type { CostScenario, Outcome, Site } from '../scenario.ts';
import { ratios, spread } from '../statistics.ts';
import { costs, disturbances, summarise } from '../summary.ts';
import { warmUp } from '../warm-up.ts';
import { measureWindow, type Sample } from '../window.ts';
import { describeRounds, doubtOfRounds, FEWEST_ROUNDS } from './rounds.ts';

/** The proxies take turns in windows of a second or so: A B C A B C, so that all see the same machine. */
export async function runCost(
  scenario: CostScenario,
  { bed, length, time, warmUpOf, progress }: Site,
  proxies: ReadonlyMap<string, RunningProxy>,
): Promise<Outcome> {
  const { load, listener, unit } = scenario;
  const samples = new Map<string, Sample[]>();
  const roundSeconds = length.seconds * proxies.size;
  for (const [name, proxy] of proxies) {
    await warmUp(bed, proxy, listener, load, warmUpOf(name), () =>
      time.hasRoomFor(FEWEST_ROUNDS * roundSeconds),
    );
    progress(`warmed up ${name}`, warmUpOf(name));
    samples.set(name, []);
  }
  let rounds = 0;
  while (rounds < length.rounds && (rounds === 0 || time.hasRoomFor(roundSeconds))) {
    rounds++;
    const figures: string[] = [];
    for (const [name, proxy] of proxies) {
      const sample = await measureWindow(bed, proxy, listener, load, length.seconds);
      samples.get(name)!.push(sample);
      figures.push(`${name} ${sample.cpuMicroseconds.toFixed(1)}`);
    }
    const line = `${rounds}/${length.rounds}, CPU µs per ${unit}: ${figures.join(', ')}`;
    progress(line, roundSeconds);
  }
  return {
    unit,
    conditions: `${load.description}; medians of ${describeRounds(rounds, length)}`,
    rows: summarise(samples, scenario.sharedCores),
    checks: checks(scenario, samples, doubtOfRounds(rounds, length)),
    notes: [],
  };
}

function checks(
  scenario: CostScenario,
  samples: ReadonlyMap<string, readonly Sample[]>,
  fewRounds: readonly string[],
): Check[] {
  return scenario.bounds.flatMap(({ subject, reference, most }) => {
    const [own, theirs] = [samples.get(subject), samples.get(reference)];
    if (!own || !theirs) return [];
    const ofCores = scenario.sharedCores
      ? []
      : [...new Set([...disturbances(own), ...disturbances(theirs)].map((text) => text.split(':')[0]!))];
    const doubts = [...ofCores, ...fewRounds];
    return {
      what: `${subject} against ${reference}`,
      value: spread(ratios(costs(own), costs(theirs))),
      most,
      unit: '×',
      ...(doubts.length > 0 && { doubt: doubts.join(', ') }),
    };
  });
}
