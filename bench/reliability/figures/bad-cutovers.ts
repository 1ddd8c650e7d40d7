import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import { Application } from '../cutovers/application.ts';
import { ROUTE, Stage } from '../cutovers/stage.ts';
import { begin, outcomeOf, type Pace, run, type Trial, type Wish } from '../cutovers/trial.ts';
import { badWindows, failedShare, mostByChance } from '../cutovers/verdicts.ts';
import { describe } from '../faults.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import type { Manner } from '../processes/arm-instances.ts';

const PER_SECOND = 1000;
/** Below, green would not have the requests for a verdict in a window. */
const LEAST_PER_SECOND = 500;
const INSTANCES = 4;
const PACE: Pace = { plan: '5,50,100', step: 6, window: 3, soak: 6 };
const WEIGHT = 0.05;
const PATIENCE = 120;
/** For what is refused at once. Seconds. */
const MOST_REFUSED = 5;
/** Bad windows, and the parts of windows before and after them: routers are asked every quarter of a second. Seconds. */
const SLACK = 2;
const CROWD_ROUTE = 'crowd.cutover.test';

/** A green that is bad once it has requests. */
interface Scene {
  readonly name: string;
  readonly manner: Manner;
  /** Share of green's requests that fail. */
  readonly failing: number;
  readonly windows: number;
}

const SCENES: readonly Scene[] = [
  { name: 'green answers 500 to 5 %', manner: { failing: 0.05 }, failing: 0.05, windows: 3 },
  // Far enough above a quarter that no window of a hundred requests is below it by chance.
  { name: 'green answers 500 to 40 %', manner: { failing: 0.4 }, failing: 0.4, windows: 1 },
  { name: 'green hangs', manner: { hanging: true }, failing: 1, windows: 3 },
];

interface Played {
  readonly checks: readonly Check[];
  readonly note: string;
}

export const badCutovers: Figure = {
  id: 'L38',
  what: `cutovers that must not succeed, ${PER_SECOND} GETs a second through three routers, green at ${WEIGHT * 100} %`,
  async run(site: Site): Promise<Outcome> {
    const perSecond = Math.max(LEAST_PER_SECOND, Math.ceil(PER_SECOND * site.scale));
    const stage = await Stage.set(site, { instances: INSTANCES, perSecond });
    const { green } = stage;
    await stage.order(['split', 'hold', ROUTE]);
    const played: Played[] = [await unmapped(stage)];
    green.map();
    await stage.order(['wait-route', ROUTE, '--app', green.name]);
    played.push(await fewInstances(stage), await failedProbe(stage));
    for (const scene of SCENES) played.push(await play(stage, scene));
    played.push(await refusing(stage));
    await stage.close();
    return {
      checks: played.flatMap(({ checks }) => checks),
      notes: played.map(({ note }) => note).filter((note) => note !== ''),
    };
  },
};

async function unmapped(stage: Stage): Promise<Played> {
  const trial = await run(stage, wishOf(stage), PATIENCE);
  return refusalOf('green is not mapped', trial);
}

/** Nine of ten instances of a route are blue's. */
async function fewInstances(stage: Stage): Promise<Played> {
  const { site, agents } = stage;
  const open = (name: string, count: number) =>
    Application.open(site, agents, { name, route: CROWD_ROUTE, count });
  const [from, to] = [await open('crowd', 9), await open('single', 1)];
  for (const each of [from, to]) {
    each.map();
    await stage.order(['wait-route', CROWD_ROUTE, '--app', each.name]);
  }
  const trial = await run(stage, { from, to, pace: PACE, route: CROWD_ROUTE }, PATIENCE);
  return refusalOf('green has one instance of ten', trial);
}

function refusalOf(name: string, { exit, seconds, asked, shopping }: Trial): Played {
  return {
    checks: [
      none(`${name}: ended otherwise than with 1`, exit === 1 ? 0 : 1),
      atMost(`${name}: until it was refused`, seconds, 's', MOST_REFUSED),
      none(`${name}: requests to it, and requests failed`, asked.requests + asked.probes + shopping.failed),
    ],
    note: '',
  };
}

async function failedProbe(stage: Stage): Promise<Played> {
  const { green } = stage;
  await green.behave({ probeStatus: 500 });
  const before = await weightsOf(stage);
  const { exit, asked, shopping } = await run(stage, wishOf(stage), PATIENCE);
  const after = await weightsOf(stage);
  const name = "green's probe path answers 500";
  return {
    checks: [
      none(`${name}: ended otherwise than with 2`, exit === 2 ? 0 : 1),
      none(
        `${name}: routers with other weights than before`,
        after.filter((each, at) => each !== before[at]).length,
      ),
      none(`${name}: requests to green, and requests failed`, asked.requests + shopping.failed),
    ],
    note: '',
  };
}

async function play(stage: Stage, { name, manner, failing, windows }: Scene): Promise<Played> {
  await stage.green.behave(manner);
  const trial = await run(stage, wishOf(stage), PATIENCE);
  await stage.green.behave({});
  const expected = WEIGHT * failing;
  const { asked, shopping } = trial;
  const exposed = (asked.lastAt - asked.firstAt) / 1000;
  const share = failedShare(shopping.failed, exposed, stage.perSecond);
  const most = mostByChance(expected, exposed * stage.perSecond);
  return {
    checks: [
      ...(await comebackOf(stage, name, trial)),
      atMost(`${name}: bad windows until it went back`, badWindows(trial.notes), '', windows),
      atMost(
        `${name}: from its first request to its last`,
        exposed,
        's',
        (windows + 1) * PACE.window + SLACK,
      ),
      atMost(`${name}: of all requests meanwhile failed`, share * 100, '%', most * 100),
    ],
    note: `${name}: ${asked.requests} requests in ${exposed.toFixed(1)} s; ${describe(shopping.faults)}.`,
  };
}

/** Green's instances are gone once it has requests, and are still mapped. */
async function refusing(stage: Stage): Promise<Played> {
  const { gateways, green } = stage;
  const name = 'green refuses connections';
  const wish = wishOf(stage);
  const command = await begin(stage, wish);
  await delay(500);
  await gateways[0]!.until(ROUTE, 'at 5 %', ({ phase, weights }) => phase.name === 'judge' && weights.to > 0);
  await green.leave();
  const gone = command.seconds;
  const trial = await outcomeOf(stage, wish, command, PATIENCE);
  const { shopping } = trial;
  return {
    checks: [
      ...(await comebackOf(stage, name, trial)),
      atMost(`${name}: bad windows until it went back`, badWindows(trial.notes), '', 3),
      atMost(`${name}: until the command ended`, trial.seconds - gone, 's', 4 * PACE.window + SLACK),
      none(`${name}: requests failed`, shopping.failed),
    ],
    note: shopping.failed === 0 ? '' : `${name}: ${describe(shopping.faults)}.`,
  };
}

async function comebackOf(stage: Stage, name: string, { exit }: Trial): Promise<Check[]> {
  const { blue } = stage;
  const everything = `"${blue.selector}":10000`;
  const other = (await weightsOf(stage)).filter((text) => !text.includes(everything));
  return [
    none(`${name}: ended otherwise than with 2`, exit === 2 ? 0 : 1),
    none(`${name}: routers on which blue has not everything then`, other.length),
  ];
}

async function weightsOf({ gateways }: Stage): Promise<string[]> {
  return Promise.all(gateways.map(async (gateway) => JSON.stringify((await gateway.weights(ROUTE)) ?? {})));
}

function wishOf({ blue, green }: Stage): Wish {
  return { from: blue, to: green, pace: PACE };
}
