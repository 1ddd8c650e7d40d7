import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import { isUnderWay } from '../outages/failures.ts';
import { ROUTE } from './stage.ts';
import { noteOf, type PhaseName, type Played, type Story, untilIn, untilMoved } from './story.ts';
import { begin } from './trial.ts';

/** Between a kill and the start after it, as a monitor needs. Seconds, as all that follow. */
const DOWN = 3;
/** Without a sign of the driver another takes over after 12 s, and has seen a window 3 s later. */
const MOST_TAKEOVER = 20;
/** A probe that lasts for three of these. */
const SLOW_PROBE_MS = 1500;

/** In which phase the driver is killed, and what the command and the cutover are to end with. */
export interface Death {
  readonly phase: PhaseName;
  /** The command ends with 1 where its order has no answer. */
  readonly exit: number;
  readonly end: PhaseName;
}

export const DEATHS: readonly Death[] = [
  { phase: 'preflight', exit: 1, end: 'done' },
  { phase: 'probe', exit: 0, end: 'done' },
  { phase: 'ramp', exit: 0, end: 'done' },
  { phase: 'judge', exit: 0, end: 'done' },
  { phase: 'soak', exit: 0, end: 'done' },
  { phase: 'reverting', exit: 2, end: 'reverted' },
];

/** The router that drives is killed, and started again. */
export async function killDriver(story: Story, death: Death, at: number): Promise<Played> {
  const { stage } = story;
  const { phase, exit, end } = death;
  const [driver, bystander, deaf] = story.from(at);
  const wish = story.wish(at);
  if (phase === 'probe') await wish.to.behave({ probeAfter: SLOW_PROBE_MS });
  // The driver waits for what a router does not say.
  if (phase === 'preflight') deaf.line.cut();
  const command = await begin(stage, wish);
  if (isHeldUp(death)) {
    await untilIn(bystander, 'judge');
    deaf.line.cut();
  }
  if (phase === 'reverting') await driver.order(ROUTE, 'abort');
  const before = await untilIn(bystander, phase);
  const kill = await driver.router.kill();
  const killed = performance.now();
  await wish.to.behave({});
  await delay(DOWN * 1000);
  deaf.line.mend();
  const meanwhile = await bystander.cutover(ROUTE);
  await driver.router.start();
  await untilMoved(bystander, before);
  const idle = (performance.now() - killed) / 1000;
  const trial = await story.end(wish, command);
  const over = await story.over(bystander);
  const failures = [...trial.shopping.failures, ...(await stage.shopped()).failures];
  const failed = failures.filter((failure) => !isUnderWay(failure, kill)).length;
  const name = `driver killed in ${phase}`;
  return {
    checks: [
      atMost(`${name}: until another goes on`, idle, 's', MOST_TAKEOVER),
      none(`${name}: other weights meanwhile`, meanwhile?.weights.to === before.weights.to ? 0 : 1),
      none(`${name}: the command ended otherwise than with ${exit}`, trial.exit === exit ? 0 : 1),
      none(`${name}: the cutover was not ${end}`, over === end ? 0 : 1),
      none(`${name}: requests failed beyond those in flight at the kill`, failed),
    ],
    note: noteOf(name, trial),
  };
}

/** A share is to be on its way for longer than routers need. */
function isHeldUp({ phase }: Death): boolean {
  return phase === 'ramp' || phase === 'reverting';
}
