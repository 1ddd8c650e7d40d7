import { CannotStart } from './cannot-start.ts';
import type { Contender } from './contender.ts';
import type { Options } from './options.ts';
import type { Length, Participant, Scenario } from './scenario.ts';

export interface Absence {
  readonly name: string;
  readonly reason: string;
}

/** One scenario of a run. */
export interface Step {
  readonly scenario: Scenario;
  readonly length: Length;
  readonly participants: readonly Participant[];
  readonly missing: readonly Absence[];
  /** Why it cannot be measured at all. */
  readonly obstacle?: string;
}

import { COMPILED_WARM_UP } from './warm-up.ts';

/** What starting a scenario takes beside its windows. */
const START_SECONDS = 3;
/** A window takes so much longer than what is measured of it. */
const OVERHEAD_SECONDS = 0.15;

/**
 * Who is measured in which scenario, and for how long.
 * @throws CannotStart naming the scenario or the proxy that there is not
 */
export function planRun(
  scenarios: readonly Scenario[],
  contenders: readonly Contender[],
  guests: readonly Contender[],
  options: Options,
  descriptorLimit: number,
): Step[] {
  const everyone = [...contenders, ...guests];
  checkNames('--only', 'scenario', options.only, scenarios);
  checkNames('--proxies', 'proxy', options.proxies, everyone);
  const chosen = scenarios.filter(
    ({ name, quick }) =>
      (options.only.length === 0 || options.only.includes(name)) && (!options.quick || quick !== undefined),
  );
  return chosen.map((scenario) => {
    const { quick } = scenario;
    const wanted = [
      ...scenario.entrants,
      ...(scenario.guests ? guests.map(({ name }) => ({ name, contender: name, ...scenario.guests })) : []),
    ].filter(
      ({ name, contender }) =>
        (!options.quick || quick!.entrants.includes(name) || guests.some((guest) => guest.name === name)) &&
        (options.proxies.length === 0 || options.proxies.includes(contender)),
    );
    const found = wanted.map((entrant) => ({
      entrant,
      contender: everyone.find(({ name }) => name === entrant.contender)!,
    }));
    const length = options.quick ? quick!.length : scenario.length;
    const participants = found.filter(({ contender }) => contender.missing() === undefined);
    const obstacle = obstacleTo(scenario, participants, descriptorLimit);
    return {
      scenario,
      length: {
        ...length,
        rounds: options.rounds ?? length.rounds,
        seconds: options.seconds ?? length.seconds,
      },
      participants,
      missing: found.flatMap(({ entrant, contender }) => {
        const reason = contender.missing();
        return reason === undefined ? [] : [{ name: entrant.name, reason }];
      }),
      ...(obstacle !== undefined && { obstacle }),
    };
  });
}

/** Seconds that the windows of a step take. */
function windowSeconds({ scenario, length, participants }: Step): number {
  if (scenario.kind === 'spread') return length.rounds * length.seconds;
  const warmUps = participants.reduce((sum, one) => sum + warmUpSeconds(one, length), 0);
  return warmUps + participants.length * length.rounds * length.seconds;
}

/** Seconds of CPU time that it has before it is measured. */
export function warmUpSeconds({ contender }: Participant, { warmUp }: Length): number {
  return contender.compiled ? Math.min(warmUp, COMPILED_WARM_UP) : warmUp;
}

/** Seconds that a step takes in all. */
export function stepSeconds(step: Step): number {
  const { length, participants } = step;
  const windows = participants.length * (length.rounds + 1);
  return START_SECONDS + windowSeconds(step) + windows * OVERHEAD_SECONDS;
}

function obstacleTo(
  scenario: Scenario,
  participants: readonly Participant[],
  descriptorLimit: number,
): string | undefined {
  const { descriptors = 0 } = scenario;
  if (participants.length === 0) return 'none of its proxies is installed';
  if (descriptors > descriptorLimit) {
    return `it needs ${descriptors} file descriptors, the limit is ${descriptorLimit}: ulimit -n ${descriptors}`;
  }
  return scenario.kind === 'spread' ? undefined : scenario.load.missing();
}

function checkNames(
  option: string,
  kind: string,
  names: readonly string[],
  known: readonly { readonly name: string }[],
): void {
  for (const name of names) {
    if (known.some((one) => one.name === name)) continue;
    const all = known.map((one) => one.name).join(', ');
    throw new CannotStart(`${option}: no ${kind} is called "${name}", there are ${all}`);
  }
}
