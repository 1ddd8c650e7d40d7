import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import { cutOff } from '../cutovers/cut-off.ts';
import type { Seen } from '../cutovers/gateway.ts';
import { DEATHS, killDriver } from '../cutovers/kill-driver.ts';
import { ROUTE, ROUTERS, Stage } from '../cutovers/stage.ts';
import { noteOf, type Played, Story, untilIn, untilMoved } from '../cutovers/story.ts';
import { begin } from '../cutovers/trial.ts';
import { mostByChance } from '../cutovers/verdicts.ts';
import type { Figure, Outcome, Site } from '../figure.ts';

const PER_SECOND = 500;
const INSTANCES = 4;
/** Share of the first step. */
const FIRST = 0.05;
/** Seconds, as all that follow. */
const PATIENCE = 30;
const AWAY = 60;
const LEAST_AWAY = 15;
/** From the return of the store, for which routers look every 2 s, until the cutover goes on. */
const MOST_BACK = 20;

export const cutoverOutages: Figure = {
  id: 'L39',
  what: `cutovers while a router is killed in each phase, one is cut off, the store is away for ${AWAY} s, the command is interrupted: ${PER_SECOND} GETs a second`,
  async run(site: Site): Promise<Outcome> {
    const stage = await Stage.set(site, { instances: INSTANCES, perSecond: PER_SECOND });
    await stage.order(['split', 'hold', ROUTE]);
    stage.green.map();
    await stage.order(['wait-route', ROUTE, '--app', stage.green.name]);
    const story = new Story(stage);
    const played: Played[] = [await interrupt(story)];
    for (const [at, death] of DEATHS.entries()) played.push(await killDriver(story, death, at % ROUTERS));
    played.push(await storeAway(story, Math.max(LEAST_AWAY, Math.round(AWAY * site.scale))));
    played.push(await cutOff(story, false), await cutOff(story, true));
    await stage.close();
    return {
      checks: played.flatMap(({ checks }) => checks),
      notes: played.map(({ note }) => note).filter((note) => note !== ''),
    };
  },
};

/** The command is told to end in the middle: the routers go on. */
async function interrupt(story: Story): Promise<Played> {
  const { stage } = story;
  const wish = story.wish(0);
  const command = await begin(stage, wish);
  const [gateway] = story.from(0);
  await untilIn(gateway, 'judge');
  command.signal('SIGINT');
  const { exit, errors } = await command.end(PATIENCE);
  const status = await stage.order(['cutover', 'status', '--json']);
  const seen = JSON.parse(status.output) as Seen;
  const over = await story.over(gateway);
  const { failed } = await stage.shopped();
  return {
    checks: [
      none('interrupted: the command ended otherwise than with 130', exit === 130 ? 0 : 1),
      none(
        'interrupted: status did not find it',
        seen.exit === null && errors.includes('it goes on') ? 0 : 1,
      ),
      none('interrupted: the cutover did not come to its end', over === 'done' ? 0 : 1),
      none('interrupted: requests failed', failed),
    ],
    note: '',
  };
}

/** Where the decisions are is away for so many seconds, and the bus with it. */
async function storeAway(story: Story, seconds: number): Promise<Played> {
  const { stage } = story;
  const { bus, site } = stage;
  const [driver] = story.from(0);
  const wish = story.wish(0);
  const command = await begin(stage, wish);
  await untilIn(driver, 'judge');
  const earlier = await stage.shopped();
  await bus.leave();
  const before = (await driver.cutover(ROUTE))!;
  await delay(seconds * 1000);
  const shopping = await stage.shopped();
  await bus.come();
  site.say('the bus is back');
  const idle = await untilMoved(driver, before);
  const trial = await story.end(wish, command);
  await story.over(driver);
  const share = (shopping.by[wish.to.name] ?? 0) / shopping.requests;
  const failed = [earlier, shopping, trial.shopping].reduce((sum, each) => sum + each.failed, 0);
  const name = 'store away';
  return {
    checks: [
      atMost(
        `${name}: share of the new arm meanwhile, apart from ${FIRST * 100} %`,
        Math.abs(share - FIRST) * 100,
        '%',
        (mostByChance(FIRST, shopping.requests) - FIRST) * 100,
      ),
      atMost(`${name}: from its return until it goes on`, idle, 's', MOST_BACK),
      none(`${name}: ended otherwise than with 0`, trial.exit === 0 ? 0 : 1),
      none(`${name}: requests failed`, failed),
    ],
    note: noteOf(name, trial),
  };
}
