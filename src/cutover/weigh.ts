import type { Course, CutoverEvent, Phase, Step } from './course.ts';
import { dropped, remember } from './evidence.ts';
import { glance, judge } from './judge.ts';
import { end, enter, raise, revert, stay } from './move.ts';
import { nextWeight, plannedLooks } from './plan.ts';
import type { Rules, Verdict } from './verdict.ts';
import { spanText } from './wording.ts';

type WindowEvent = Extract<CutoverEvent, { kind: 'window' }>;

/** A window has come. */
export function heard(before: Course, { at, from, sides, most }: WindowEvent): Step {
  const course = { ...before, heardAt: at };
  switch (course.phase.name) {
    // How the arm that is to be replaced does before anything is changed is worth knowing.
    case 'preflight':
    case 'probe':
      return stay({ ...course, evidence: remember(course.evidence, sides.from) });
    case 'ramp':
    case 'judge':
    case 'soak':
    case 'held': {
      const { settledAt, evidence, weights } = course;
      const isMixed = settledAt === null || from < settledAt;
      const rules = rulesOf(course);
      const judgement = isMixed
        ? glance(evidence, sides, rules)
        : judge(evidence, { sides, ms: at - from, alone: weights.from === 0 }, rules);
      const next = { ...course, evidence: judgement.evidence };
      return judgement.verdict === null ? stay(next) : follow(next, judgement.verdict, most, at);
    }
    default:
      return stay(course);
  }
}

/** Where no window has come for long, nor may: the same as if all had been empty. */
export function quiet(course: Course, at: number): Step {
  const { phase, plan, names, heardAt } = course;
  const silent = at - Math.max(phase.since, heardAt);
  if (phase.name === 'soak') {
    return silent < plan.soakMs ? stay(course) : finish(course, 'nothing was heard against it', at);
  }
  if (phase.name !== 'judge' || silent < plan.quietMs) return stay(course);
  return decideQuiet(course, `no router has told of ${names.to} for ${spanText(silent)}`, at);
}

function follow(course: Course, { kind, sentence }: Verdict, most: number, at: number): Step {
  const { phase, plan, weights, names } = course;
  switch (kind) {
    case 'worse-than-a-quarter':
    case 'worse':
      return revert(course, sentence, at);
    case 'bad':
      return again(course, sentence, at);
    case 'unclear':
      return phase.name === 'judge' ? again(course, sentence, at) : stay(course, sentence);
    case 'quiet':
      return phase.name === 'judge' ? decideQuiet(course, sentence, at) : soaked(course, sentence, at);
    case 'too-few':
      return soaked(course, sentence, at);
    case 'good': {
      const next = nextWeight(plan, weights.to);
      if (phase.name !== 'judge' || next === null) return soaked(course, sentence, at);
      if (at - phase.since < plan.stepMs) return stay(course, sentence);
      if (next <= most) return raise(course, next, at, sentence);
      return stay(
        course,
        `${sentence}; ${names.to} has too few instances for ${next / 100} %, and waits for more`,
      );
    }
  }
}

/** The time that has to be good begins anew. */
function again(course: Course, sentence: string, at: number): Step {
  const { phase } = course;
  const isTimed = phase.name === 'judge' || phase.name === 'soak';
  const since: Phase = isTimed ? { ...phase, since: at } : phase;
  return enter(course, since, sentence);
}

function soaked(course: Course, sentence: string, at: number): Step {
  const { phase, plan } = course;
  if (phase.name !== 'soak' || at - phase.since < plan.soakMs) return stay(course, sentence);
  return finish(course, sentence, at);
}

function finish(course: Course, sentence: string, at: number): Step {
  return end(course, 'done', `${course.names.to} has everything: ${sentence}`, at);
}

/** Nobody can say whether the new arm is any good. */
function decideQuiet(course: Course, sentence: string, at: number): Step {
  const { plan, weights } = course;
  const heardOut = { ...course, evidence: dropped(course.evidence) };
  switch (plan.onQuiet) {
    case 'promote':
      return raise(heardOut, nextWeight(plan, weights.to)!, at, sentence);
    case 'revert':
      return revert(heardOut, sentence, at);
    case 'hold':
      return {
        course: { ...heardOut, phase: { name: 'held', since: at, why: 'quiet', in: 'judge' } },
        commands: [{ kind: 'end', outcome: 'held', text: sentence }],
      };
  }
}

function rulesOf({ plan, names, weights }: Course): Rules {
  const { minRequests, quietMs } = plan;
  return {
    names,
    minRequests,
    quietMs,
    weights: plan.weights.length,
    planned: plannedLooks(plan, weights.to),
  };
}
