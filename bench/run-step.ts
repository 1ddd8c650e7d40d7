import { Bed } from './bed.ts';
import { CannotStart } from './cannot-start.ts';
import type { RunningProxy } from './contender.ts';
import { type Step, warmUpSeconds } from './plan.ts';
import type { Result } from './report/report.ts';
import { runCost } from './run/cost.ts';
import { runLatency } from './run/latency.ts';
import { runSpread } from './run/spread.ts';
import type { Outcome, Scenario, Site } from './scenario.ts';
import { startProxies } from './start-proxies.ts';
import type { TimeBudget } from './time-budget.ts';

/** @throws CannotStart when one of its processes does not come up, or ends under load */
export async function runStep(
  step: Step,
  time: TimeBudget,
  progress: Site['progress'],
): Promise<Outcome & Pick<Result, 'missing'>> {
  const { scenario, length, participants } = step;
  const bed = new Bed();
  try {
    const { proxies, failed } = await startProxies(bed, scenario, participants);
    for (const { name, reason } of failed) progress(`without ${name}: ${reason}`, 0);
    if (proxies.size === 0) throw new CannotStart('none of the proxies came up');
    const warmUpOf = (name: string) =>
      warmUpSeconds(participants.find(({ entrant }) => entrant.name === name)!, length);
    const site: Site = { bed, length, time, warmUpOf, progress };
    return { missing: [...step.missing, ...failed], ...(await run(scenario, site, proxies)) };
  } finally {
    bed.close();
  }
}

function run(scenario: Scenario, site: Site, proxies: ReadonlyMap<string, RunningProxy>): Promise<Outcome> {
  switch (scenario.kind) {
    case 'cost':
      return runCost(scenario, site, proxies);
    case 'latency':
      return runLatency(scenario, site, proxies);
    case 'spread':
      return runSpread(scenario, site, proxies);
  }
}
