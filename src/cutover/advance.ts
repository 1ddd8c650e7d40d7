import type { Course, CutoverEvent, Ended, Phase, Step, Weights } from './course.ts';
import { NO_EVIDENCE } from './evidence.ts';
import { end, enter, raise, revert, settle, stay } from './move.ts';
import { operate } from './operate.ts';
import { nextWeight, type Plan } from './plan.ts';
import { heard, quiet } from './weigh.ts';
import { type ArmNames, namesText, spanText } from './wording.ts';

/** A router that has not acknowledged for so long holds the cutover, and then reverts it. Milliseconds, as all here. */
const HOLD_MS = 10_000;
const REVERT_MS = 60_000;
/** So long the preflight and the probe may take to say anything: each has shorter deadlines of its own. */
const ANSWER_MS = 60_000;

const MOST_ROUTERS = 300;
/** Characters of their ids. */
const MOST_IDS = 12_000;

export interface Begin {
  readonly plan: Plan;
  readonly names: ArmNames;
  /** To which it goes back. */
  readonly before: Weights;
  /** As they are. */
  readonly weights: Weights;
  readonly routers: readonly string[];
  readonly at: number;
}

export function begin({ plan, names, before, weights, routers, at }: Begin): Step {
  const course: Course = {
    plan,
    names,
    before,
    weights,
    revision: 0,
    routers: [...new Set(routers)],
    missing: {},
    settledAt: null,
    heardAt: at,
    evidence: NO_EVIDENCE,
    phase: { name: 'preflight', since: at },
  };
  return { course, commands: [{ kind: 'preflight' }] };
}

/** All routers stand in what is written down, each with its id: there is room for so many. */
export function areFew(routers: readonly string[]): boolean {
  return routers.length <= MOST_ROUTERS && routers.join('').length <= MOST_IDS;
}

/** Where an event leads, and what is to be done about it. What does not fit the phase changes nothing. */
export function advance(course: Course, event: CutoverEvent): Step {
  if (isOver(course.phase) && 'by' in event) return stay(course, `it is over: ${course.phase.reason}`);
  if (isOver(course.phase)) return stay(course);
  switch (event.kind) {
    case 'preflight':
    case 'probe':
      return course.phase.name === event.kind ? answered(course, event.fault, event.at) : stay(course);
    case 'acknowledged':
      return event.revision === course.revision ? without(course, event.router, event.at) : stay(course);
    case 'left':
      return without(
        { ...course, routers: course.routers.filter((router) => router !== event.router) },
        event.router,
        event.at,
      );
    case 'joined':
      return joined(course, event.router, event.at);
    case 'window':
      return heard(course, event);
    case 'tick':
      return waited(course, event.at);
    default:
      return operate(course, event.kind, event.by, event.at);
  }
}

/** Nobody could be heard until now, or not by this driver: whoever is waited for has all the time from now on. */
export function pardon(course: Course, at: number): Course {
  const missing = Object.fromEntries(Object.keys(course.missing).map((router) => [router, at]));
  const { phase } = course;
  const isAsking = phase.name === 'preflight' || phase.name === 'probe' || phase.name === 'reverting';
  // What nobody has listened to is no silence.
  return { ...course, missing, heardAt: at, phase: isAsking ? { ...phase, since: at } : phase };
}

export function isOver(phase: Phase): phase is Ended {
  return 'reason' in phase && phase.name !== 'reverting';
}

function answered(course: Course, fault: string | null, at: number): Step {
  const isPreflight = course.phase.name === 'preflight';
  if (fault !== null) return end(course, isPreflight ? 'refused' : 'not-begun', fault, at);
  if (isPreflight) {
    return {
      course: { ...course, phase: { name: 'probe', since: at } },
      commands: [{ kind: 'probe' }],
    };
  }
  const first = nextWeight(course.plan, course.weights.to);
  if (first === null) return end(course, 'done', `${course.names.to} has everything already`, at);
  return raise(course, first, at, 'its probe passed');
}

/** A router has the weights, or is no longer asked for. */
function without(course: Course, router: string, at: number): Step {
  if (!Object.hasOwn(course.missing, router)) return stay(course);
  const { [router]: _, ...missing } = course.missing;
  const next = { ...course, missing };
  return Object.keys(missing).length === 0 ? settle(next, at) : stay(next);
}

function joined(course: Course, router: string, at: number): Step {
  if (course.routers.includes(router)) return stay(course);
  const routers = [...course.routers, router];
  if (!areFew(routers)) return stay(course);
  if (course.revision === 0) return stay({ ...course, routers });
  return stay({ ...course, routers, missing: { ...course.missing, [router]: at } });
}

function waited(course: Course, at: number): Step {
  const { phase, missing, names } = course;
  const since = Math.min(...Object.values(missing));
  const late = `no answer from ${namesText(Object.keys(missing).toSorted())}`;
  switch (phase.name) {
    case 'preflight':
      return at - phase.since < ANSWER_MS
        ? stay(course)
        : end(course, 'refused', `the preflight took more than ${spanText(ANSWER_MS)}`, at);
    case 'probe':
      return at - phase.since < ANSWER_MS
        ? stay(course)
        : end(course, 'not-begun', `the probe of ${names.to} took more than ${spanText(ANSWER_MS)}`, at);
    case 'reverting':
      return at - phase.since < REVERT_MS
        ? stay(course)
        : end(course, 'reverted', `${phase.reason}; ${late}`, at);
    case 'held':
      return at - since >= REVERT_MS
        ? revert(course, `${late} for ${spanText(REVERT_MS)}`, at)
        : stay(course);
    case 'ramp':
    case 'judge':
    case 'soak':
      if (at - since >= REVERT_MS) return revert(course, `${late} for ${spanText(REVERT_MS)}`, at);
      if (at - since >= HOLD_MS) {
        const held: Phase = { name: 'held', since: at, why: 'routers', in: phase.name };
        return enter(course, held, `held: ${late} for ${spanText(HOLD_MS)}`);
      }
      return quiet(course, at);
    default:
      return stay(course);
  }
}
