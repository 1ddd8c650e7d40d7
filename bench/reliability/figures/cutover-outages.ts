import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, none } from '../checks.ts';
import type { Command } from '../cutovers/command.ts';
import type { Gateway, Seen } from '../cutovers/gateway.ts';
import { ROUTE, ROUTERS, Stage } from '../cutovers/stage.ts';
import { begin, outcomeOf, type Pace, type Trial, type Wish } from '../cutovers/trial.ts';
import { mostByChance } from '../cutovers/verdicts.ts';
import { describe } from '../faults.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { isUnderWay } from '../outages/failures.ts';

const PER_SECOND = 500;
const INSTANCES = 4;
const PACE: Pace = { plan: '5,50,100', step: 4, window: 3, soak: 6 };
/** Share of the first step, and what is said of the second. */
const FIRST = 0.05;
const NEXT = / gets 50 %: /;
const PATIENCE = 180;
/** Between a kill and the start after it, as a monitor needs. Seconds, as all that follow. */
const DOWN = 3;
/** Without a sign of the driver another takes over after 12 s, and has seen a window 3 s later. */
const MOST_TAKEOVER = 20;
const HOLD = 10;
const REVERT = 60;
/** The driver looks at who is waited for every quarter of a second, and waits 0.8 s for the answers. */
const LATE = 4;
const AWAY = 60;
const LEAST_AWAY = 15;
/** From the return of the store, for which routers look every 2 s, until the cutover goes on. */
const MOST_BACK = 20;
/** A probe that lasts for three of these. */
const SLOW_PROBE_MS = 1500;

type PhaseName = Seen['phase']['name'];

/** In which phase the driver is killed, and what the command is to end with. */
interface Death {
  readonly phase: PhaseName;
  readonly exit: number;
}

const DEATHS: readonly Death[] = [
  { phase: 'probe', exit: 0 },
  { phase: 'ramp', exit: 0 },
  { phase: 'judge', exit: 0 },
  { phase: 'soak', exit: 0 },
  { phase: 'reverting', exit: 2 },
];

interface Played {
  readonly checks: readonly Check[];
  readonly note: string;
}

export const cutoverOutages: Figure = {
  id: 'L39',
  what: `cutovers while a router is killed in each phase, one is cut off, the store is away for ${AWAY} s, the command is interrupted: ${PER_SECOND} GETs a second`,
  async run(site: Site): Promise<Outcome> {
    const stage = await Stage.set(site, { instances: INSTANCES, perSecond: PER_SECOND });
    await stage.order(['split', 'hold', ROUTE]);
    stage.green.map();
    await stage.order(['wait-route', ROUTE, '--app', stage.green.name]);
    const story = new Story(stage);
    const played: Played[] = [await story.interrupt()];
    for (const [at, death] of DEATHS.entries()) played.push(await story.kill(death, at % ROUTERS));
    played.push(await story.storeAway(Math.max(LEAST_AWAY, Math.round(AWAY * site.scale))));
    played.push(await story.cutOff(false), await story.cutOff(true));
    await stage.close();
    return {
      checks: played.flatMap(({ checks }) => checks),
      notes: played.map(({ note }) => note).filter((note) => note !== ''),
    };
  },
};

/** One cutover after the other, there and back: each begins where the last one has left the requests. */
class Story {
  readonly #stage: Stage;
  #isGreen = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The command is told to end in the middle: the routers go on. */
  async interrupt(): Promise<Played> {
    const wish = this.#wish(0);
    const command = await begin(this.#stage, wish);
    const [gateway] = this.#stage.gateways as [Gateway];
    await until(gateway, 'judge');
    command.signal('SIGINT');
    const { exit, errors } = await command.end(PATIENCE);
    const status = await this.#stage.order(['cutover', 'status', '--json']);
    const seen = JSON.parse(status.output) as Seen;
    const over = await gateway.until(ROUTE, 'over', (now) => now.exit !== null, PATIENCE * 1000);
    const { failed } = await this.#stage.shopped();
    this.#isGreen = over.exit === 0;
    return {
      checks: [
        none('interrupted: the command ended otherwise than with 130', exit === 130 ? 0 : 1),
        none(
          'interrupted: status did not find it',
          seen.exit === null && errors.includes('it goes on') ? 0 : 1,
        ),
        none('interrupted: the cutover did not come to its end', over.exit === 0 ? 0 : 1),
        none('interrupted: requests failed', failed),
      ],
      note: '',
    };
  }

  /** The router that drives is killed, and started again. */
  async kill(death: Death, at: number): Promise<Played> {
    const { phase, exit } = death;
    const [driver, bystander, deaf] = this.#from(at);
    const wish = this.#wish(at);
    if (phase === 'probe') await wish.to.behave({ probeAfter: SLOW_PROBE_MS });
    const command = await begin(this.#stage, wish);
    if (isHeldUp(death)) {
      await until(bystander, 'judge');
      deaf.line.cut();
    }
    if (phase === 'reverting') await driver.order(ROUTE, 'abort');
    const before = await until(bystander, phase);
    const kill = await driver.router.kill();
    const killed = performance.now();
    await wish.to.behave({});
    await delay(DOWN * 1000);
    deaf.line.mend();
    const meanwhile = await bystander.cutover(ROUTE);
    await driver.router.start();
    await bystander.until(ROUTE, 'going on', (seen) => hasMoved(seen, before), PATIENCE * 1000);
    const idle = (performance.now() - killed) / 1000;
    const trial = await this.#end(wish, command);
    const failed = trial.shopping.failures.filter((failure) => !isUnderWay(failure, kill)).length;
    const name = `driver killed in ${phase}`;
    return {
      checks: [
        atMost(`${name}: until another goes on`, idle, 's', MOST_TAKEOVER),
        none(`${name}: other weights meanwhile`, meanwhile?.weights.to === before.weights.to ? 0 : 1),
        none(`${name}: ended otherwise than with ${exit}`, trial.exit === exit ? 0 : 1),
        none(`${name}: requests failed beyond those in flight at the kill`, failed),
      ],
      note: noteOf(name, trial),
    };
  }

  /** Where the decisions are is away for so many seconds, and the bus with it. */
  async storeAway(seconds: number): Promise<Played> {
    const { bus, site } = this.#stage;
    const [driver] = this.#from(0);
    const wish = this.#wish(0);
    const command = await begin(this.#stage, wish);
    await until(driver, 'judge');
    const faults = [await this.#stage.shopped()];
    await bus.leave();
    const before = (await driver.cutover(ROUTE))!;
    await delay(seconds * 1000);
    const shopping = await this.#stage.shopped();
    await bus.come();
    site.say('the bus is back');
    const back = performance.now();
    await driver.until(ROUTE, 'going on', (seen) => hasMoved(seen, before), PATIENCE * 1000);
    const idle = (performance.now() - back) / 1000;
    const trial = await this.#end(wish, command);
    const share = (shopping.by[wish.to.name] ?? 0) / shopping.requests;
    const failed = [...faults, shopping, trial.shopping].reduce((sum, each) => sum + each.failed, 0);
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
      note: `${noteOf(name, trial)}`,
    };
  }

  /** A router hears nothing any more until the others go back: that which drives, or another. */
  async cutOff(isDriver: boolean): Promise<Played> {
    const [driver, bystander, other] = this.#from(1);
    const cut = isDriver ? driver : other;
    const wish = this.#wish(1);
    const command = await begin(this.#stage, wish);
    await until(bystander, 'judge');
    cut.line.cut();
    const { phase, notes } = await until(bystander, 'reverting');
    cut.line.mend();
    const asked = momentOf(notes, NEXT);
    const held = momentOf(notes, /^held: /) - asked;
    const reverting = momentOf(notes, /^going back: /) - asked;
    const trial = await this.#end(wish, command);
    const named = `no answer from ${this.#stage.gateways.indexOf(cut)}-`;
    const name = isDriver ? 'driver cut off' : 'router cut off';
    return {
      checks: [
        atLeast(`${name}: until it is held`, held, 's', HOLD - 1),
        atMost(`${name}: until it is held`, held, 's', HOLD + LATE),
        atLeast(`${name}: until it goes back`, reverting, 's', REVERT - 1),
        atMost(`${name}: until it goes back`, reverting, 's', REVERT + LATE),
        none(`${name}: not named`, phase.reason?.includes(named) === true ? 0 : 1),
        none(`${name}: ended otherwise than with 2`, trial.exit === 2 ? 0 : 1),
        none(`${name}: requests failed`, trial.shopping.failed),
      ],
      note: noteOf(name, trial),
    };
  }

  /** All routers, beginning with the one that has this number. */
  #from(at: number): [Gateway, Gateway, Gateway] {
    const { gateways } = this.#stage;
    return [0, 1, 2].map((each) => gateways[(at + each) % ROUTERS]!) as [Gateway, Gateway, Gateway];
  }

  #wish(at: number): Wish {
    const { blue, green } = this.#stage;
    const [from, to] = this.#isGreen ? [green, blue] : [blue, green];
    return { from, to, pace: PACE, at };
  }

  async #end(wish: Wish, command: Command): Promise<Trial> {
    const trial = await outcomeOf(this.#stage, wish, command, PATIENCE);
    if (trial.exit === 0) this.#isGreen = !this.#isGreen;
    return trial;
  }
}

function isHeldUp({ phase }: Death): boolean {
  return phase === 'ramp' || phase === 'reverting';
}

function until(gateway: Gateway, phase: PhaseName): Promise<Seen> {
  return gateway.until(ROUTE, `in ${phase}`, (seen) => seen.phase.name === phase, PATIENCE * 1000);
}

function hasMoved(seen: Seen, before: Seen): boolean {
  return seen.phase.name !== before.phase.name || seen.notes.length > before.notes.length;
}

/** Seconds; NaN: nothing of the kind was said. */
function momentOf(notes: Seen['notes'], said: RegExp): number {
  return Date.parse(notes.find(({ text }) => said.test(text))?.at ?? '') / 1000;
}

function noteOf(name: string, { shopping }: Trial): string {
  return shopping.failed === 0 ? '' : `${name}: ${describe(shopping.faults)}.`;
}
