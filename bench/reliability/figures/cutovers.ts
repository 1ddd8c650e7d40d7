import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import { median } from '../../statistics.ts';
import { atMost, none } from '../checks.ts';
import type { Application } from '../cutovers/application.ts';
import { ROUTE, ROUTERS, Stage } from '../cutovers/stage.ts';
import { begin, outcomeOf, type Pace, run, type Trial } from '../cutovers/trial.ts';
import { describe, FaultCount } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { monotonic } from '../monotonic.ts';

const PER_SECOND = 2000;
const INSTANCES = 4;
const TURNS = 20;
const REVERTS = 5;
/** The default shares. */
const WHOLE: Pace = { plan: '1,5,25,50,100', step: 6, window: 3, soak: 6 };
const SHORT: Pace = { plan: '5,50,100', step: 2, window: 1, soak: 2 };
/** Seconds. A share may take two windows more than its step, where the first was mixed. */
const MOST_WHOLE = 60;
const MOST_SHORT = 20;
const MOST_REVERT_MS = 1000;
const PATIENCE = 180;
/** A router looks for three times, 10 s apart, whether the old application is gone. Seconds. */
const TIDY = 60;

export const cutovers: Figure = {
  id: 'L37',
  what: `three routers behind HAProxy, ${PER_SECOND} GETs a second: a whole cutover, ${TURNS} there and back, ${REVERTS} aborted at half`,
  async run(site: Site): Promise<Outcome> {
    const perSecond = Math.ceil(PER_SECOND * site.scale);
    const stage = await Stage.set(site, { instances: INSTANCES, perSecond });
    const { blue, green } = stage;
    await stage.order(['split', 'hold', ROUTE]);
    green.map();
    await stage.order(['wait-route', ROUTE, '--app', green.name]);
    const whole = await run(stage, { from: blue, to: green, pace: WHOLE }, PATIENCE);
    const held = await replaceBlue(stage);
    const turns: Trial[] = [];
    for (let turn = 0; turn < Math.ceil(TURNS * site.scale); turn++) {
      const [from, to] = turn % 2 === 0 ? [green, blue] : [blue, green];
      turns.push(await run(stage, { from, to, pace: SHORT, at: turn % ROUTERS }, PATIENCE));
    }
    const [from, to] = turns.length % 2 === 0 ? [green, blue] : [blue, green];
    const reverts: Reverted[] = [];
    for (let each = 0; each < Math.ceil(REVERTS * site.scale); each++) {
      reverts.push(await revertAtHalf(stage, from, to));
    }
    await stage.close();
    return outcome([whole, ...turns], reverts, held);
  },
};

interface Reverted {
  readonly trial: Trial;
  /** Milliseconds from the order to the last request that the new application had. */
  readonly lingered: number;
}

/** Blue is unmapped; mapped again, when what remained of the cutover was put away, it gets nothing. */
async function replaceBlue(stage: Stage): Promise<Shopped> {
  const { blue, gateways, site } = stage;
  blue.unmap();
  const deadline = performance.now() + TIDY * 1000;
  while (JSON.stringify(await gateways[0]!.weights(ROUTE)) !== '{"app:green":10000,"rest":0}') {
    if (performance.now() > deadline) throw new CannotStart('what remains of the cutover is not put away');
    await delay(100);
  }
  await blue.forget();
  blue.map();
  await stage.order(['wait-route', ROUTE, '--app', blue.name]);
  const shopping = await stage.shopped();
  site.say(`blue was unmapped, and mapped again: ${shopping.failed} failed`);
  return shopping;
}

type Shopped = Trial['shopping'];

async function revertAtHalf(stage: Stage, from: Application, to: Application): Promise<Reverted> {
  const [gateway] = stage.gateways;
  const wish = { from, to, pace: SHORT };
  const command = await begin(stage, wish);
  await delay(500);
  await gateway!.until(
    ROUTE,
    'at 50 %',
    ({ phase, weights }) => phase.name === 'judge' && weights.to === 5000,
  );
  const at = monotonic();
  await gateway!.order(ROUTE, 'abort');
  const trial = await outcomeOf(stage, wish, command, PATIENCE);
  return { trial, lingered: Math.max(0, trial.asked.lastAt - at) };
}

function outcome(done: readonly Trial[], reverts: readonly Reverted[], held: Shopped): Outcome {
  const [whole, ...turns] = done as [Trial, ...Trial[]];
  const aborted = reverts.map(({ trial }) => trial);
  const shopped = [...done, ...aborted].map(({ shopping }) => shopping);
  const faults = new FaultCount();
  for (const { faults: found } of [...shopped, held]) {
    for (const [fault, count] of Object.entries(found))
      for (let each = 0; each < count; each++) faults.add(fault);
  }
  const failed = (of: readonly Shopped[]) => of.reduce((sum, each) => sum + each.failed, 0);
  const requests = [...shopped, held].reduce((sum, each) => sum + each.requests, 0);
  const early = (of: readonly Trial[]) => of.reduce((sum, { asked }) => sum + asked.beforeProbed, 0);
  const turnTimes = turns.map(({ seconds }) => seconds);
  const lingered = reverts.map((each) => each.lingered);
  return {
    checks: [
      none('requests failed in the whole one', whole.shopping.failed),
      none('requests to green before its probes had passed', early([whole])),
      none('whole cutovers that did not end with 0', whole.exit === 0 ? 0 : 1),
      atMost(`a whole one, ${WHOLE.plan} % in steps of ${WHOLE.step} s`, whole.seconds, 's', MOST_WHOLE),
      none('requests failed there and back', failed([held, ...turns.map(({ shopping }) => shopping)])),
      none('requests to the new arm before its probes had passed', early(turns)),
      none('of those cutovers that did not end with 0', turns.filter(({ exit }) => exit !== 0).length),
      atMost(
        `the longest, ${SHORT.plan} % in steps of ${SHORT.step} s`,
        Math.max(...turnTimes),
        's',
        MOST_SHORT,
      ),
      none('requests failed around an abort', failed(aborted.map(({ shopping }) => shopping))),
      none('of the aborted that did not end with 2', aborted.filter(({ exit }) => exit !== 2).length),
      atMost('from the order to the last request on any router', Math.max(...lingered), 'ms', MOST_REVERT_MS),
    ],
    notes: [
      `${requests} requests; their p99 in each cutover ${median(shopped.map(({ p99 }) => p99)).toFixed(1)} ms in the middle, ${Math.max(...shopped.map(({ p99 }) => p99)).toFixed(1)} at most; ${whole.asked.probes} probes of green; there and back ${range(turnTimes)} s each; last requests after the order ${range(lingered)} ms.`,
      describe(faults.faults),
    ].filter((note) => note !== ''),
  };
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}
