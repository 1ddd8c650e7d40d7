import type { Command, Course, Moving, Outcome, Phase, Step, Weights } from './course.ts';
import { afresh, NO_EVIDENCE } from './evidence.ts';
import { WHOLE } from './plan.ts';

/** Steps that the course takes, whatever event brings them about. */

export function stay(course: Course, ...notes: string[]): Step {
  return { course, commands: notes.map((text) => ({ kind: 'note', text })) };
}

export function enter(course: Course, phase: Phase, ...notes: string[]): Step {
  return stay({ ...course, phase }, ...notes);
}

/** All routers are asked for the weights. With no router to wait for they are in force at once. */
function set(course: Course, weights: Weights, phase: Phase, at: number, ...notes: string[]): Step {
  const revision = course.revision + 1;
  const next: Course = {
    ...course,
    weights,
    revision,
    phase,
    missing: Object.fromEntries(course.routers.map((router) => [router, at])),
    settledAt: null,
    evidence: afresh(course.evidence),
  };
  const commands: Command[] = notes.map((text) => ({ kind: 'note', text }));
  commands.push({ kind: 'set', weights, revision });
  return course.routers.length > 0 ? { course: next, commands } : after(commands, settle(next, at));
}

/** The new arm gets that much. */
export function raise(course: Course, to: number, at: number, why: string): Step {
  const { names } = course;
  const note = `${names.to} gets ${to / 100} %: ${why}`;
  return set(course, { from: WHOLE - to, to }, { name: 'ramp', since: at }, at, note);
}

export function revert(course: Course, why: string, at: number): Step {
  const reason = short(why);
  return set(course, course.before, { name: 'reverting', since: at, reason }, at, `going back: ${reason}`);
}

export function end(course: Course, outcome: Exclude<Outcome, 'held'>, why: string, at: number): Step {
  const reason = short(why);
  const phase: Phase = { name: outcome, since: at, reason };
  // Nothing is judged any more, and what is over is kept for long.
  return {
    course: { ...course, evidence: NO_EVIDENCE, phase },
    commands: [{ kind: 'end', outcome, text: reason }],
  };
}

/** Characters of a reason: some of it may be what a backend answered, or another router said. */
const LONGEST_REASON = 1000;

function short(text: string): string {
  return text.slice(0, LONGEST_REASON);
}

/** Nobody is waited for any more. */
export function settle(course: Course, at: number): Step {
  const { phase } = course;
  const settled = { ...course, settledAt: course.settledAt ?? at };
  switch (phase.name) {
    case 'ramp':
      return enter(settled, { name: inForce(course), since: at });
    case 'held': {
      const moving = phase.in === 'ramp' ? inForce(course) : phase.in;
      if (phase.why !== 'routers') return stay({ ...settled, phase: { ...phase, in: moving } });
      return enter(settled, { name: moving, since: at }, 'all routers have answered: going on');
    }
    case 'reverting':
      return end(settled, 'reverted', phase.reason, at);
    default:
      return stay(settled);
  }
}

/** What the weights are judged in, once all routers have them. */
function inForce({ weights }: Course): Moving {
  return weights.to === WHOLE ? 'soak' : 'judge';
}

function after(commands: readonly Command[], step: Step): Step {
  return { course: step.course, commands: [...commands, ...step.commands] };
}
