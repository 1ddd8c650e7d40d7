import { Random } from '../../fuzz/random.ts';
import { advance, begin, isOver } from '../../src/cutover/advance.ts';
import type { Course, CutoverEvent } from '../../src/cutover/course.ts';
import { DEFAULT_PLAN, isPlanFault, makePlan, type Plan, WHOLE } from '../../src/cutover/plan.ts';
import type { Arms } from './arm.ts';
import { Traffic } from './traffic.ts';

export interface Setting {
  readonly plan: string;
  /** Requests a second, `second` seconds after the begin. */
  readonly rate: (second: number) => number;
  readonly arms: Arms;
}

export interface Ending {
  readonly outcome: 'done' | 'reverted' | 'held';
  /** Since the new arm got its first weight. */
  readonly seconds: number;
  readonly reason: string;
}

const NAMES = { from: 'blue', to: 'green' };
const BEFORE = { from: WHOLE, to: 0 };
const ROUTER = 'router';
/** The old arm alone, while the new one is probed. */
const PROBE_SECONDS = 30;
const LONGEST_SECONDS = 1800;
const TRAFFIC = 1;
const ARMS = 2;

/** One cutover from begin to end, or until it is held. */
export function play({ plan: text, rate, arms }: Setting, seed: number): Ending {
  const plan = planOf(text);
  const traffic = new Traffic(new Random(seed, TRAFFIC));
  const { from, to } = arms(new Random(seed, ARMS));
  let { course } = begin({ plan, names: NAMES, before: BEFORE, weights: BEFORE, routers: [ROUTER], at: 0 });
  let windowFrom = 0;
  let changed = 0;
  const tell = (event: CutoverEvent) => {
    const { revision } = course;
    course = advance(course, event).course;
    if (course.revision === revision) return;
    changed = event.at / 1000;
    windowFrom = event.at;
    traffic.closeWindow();
    course = advance(course, {
      kind: 'acknowledged',
      router: ROUTER,
      revision: revision + 1,
      at: event.at,
    }).course;
  };
  tell({ kind: 'preflight', fault: null, at: 0 });
  for (let second = 0; second < LONGEST_SECONDS; second++) {
    const share = course.weights.to / WHOLE;
    traffic.second(second, rate(second), share, from(second, second), to(second, second - changed));
    const at = (second + 1) * 1000;
    if (at - windowFrom >= plan.windowMs) {
      tell({ kind: 'window', from: windowFrom, sides: traffic.closeWindow(), most: WHOLE, at });
      windowFrom = at;
    }
    if (second + 1 === PROBE_SECONDS) tell({ kind: 'probe', fault: null, at });
    tell({ kind: 'tick', at });
    const ending = endingOf(course, second + 1 - PROBE_SECONDS);
    if (ending !== null) return ending;
  }
  return { outcome: 'held', seconds: LONGEST_SECONDS - PROBE_SECONDS, reason: 'it did not end' };
}

function planOf(text: string): Plan {
  const plan = makePlan({ ...DEFAULT_PLAN, plan: text });
  if (isPlanFault(plan)) throw new Error(plan.message);
  return plan;
}

function endingOf({ phase }: Course, seconds: number): Ending | null {
  if (phase.name === 'held') return { outcome: 'held', seconds, reason: phase.why };
  if (!isOver(phase)) return null;
  return { outcome: phase.name === 'done' ? 'done' : 'reverted', seconds, reason: phase.reason };
}
