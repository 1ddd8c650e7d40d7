import { BAD_WINDOWS, type Question, revertLevel } from './budget.ts';
import { counted, dropped, type Evidence, type Sides } from './evidence.ts';
import { failedShare, judged } from './window.ts';
import { type ArmNames, countText, percentText, soundText, spanText } from './wording.ts';

type VerdictKind =
  | 'good'
  /** Three of these at one weight revert, as soon as chance is ruled out. */
  | 'bad'
  /** The third of them, or a later one: it reverts. */
  | 'worse'
  /** One of these reverts. */
  | 'worse-than-a-quarter'
  /** Nobody can blame the new arm, nor trust it: both fail, or the other one has such windows too. */
  | 'unclear'
  /** Neither good nor bad yet. */
  | 'too-few'
  /** Too few for so long that somebody has to decide. */
  | 'quiet';

export interface Verdict {
  readonly kind: VerdictKind;
  /** For people: what was seen, and what it leads to. */
  readonly sentence: string;
}

export interface Rules {
  readonly names: ArmNames;
  readonly minRequests: number;
  readonly quietMs: number;
  /** Of the plan, all in all. */
  readonly weights: number;
  /** `plannedLooks` of the weight as it is. */
  readonly planned: number;
}

/** What is known with the window that was judged, and what it was found to be. */
export interface Judgement {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
}

const ORDINALS = ['', 'first', 'second'];

/** @param what was found, and how likely it is by chance alone */
export function bad(
  before: Evidence,
  what: { readonly question: Question; readonly chance: number; readonly text: string },
  { planned, weights }: Rules,
): Judgement {
  const evidence = { ...counted(before), bad: before.bad + 1, looks: before.looks + 1 };
  const level = revertLevel(what.question, { look: evidence.looks, planned, weights });
  const isThird = evidence.bad >= BAD_WINDOWS;
  const kind = isThird && what.chance <= level ? 'worse' : 'bad';
  const rest = isThird ? ' once it cannot be chance' : `, this is the ${ORDINALS[evidence.bad]}`;
  const sentence = `${what.text}; three such windows revert${kind === 'worse' ? '' : rest}`;
  return { evidence, verdict: { kind, sentence } };
}

/** @param sides that were compared */
export function good(before: Evidence, sides: Sides, { names }: Rules): Judgement {
  return {
    evidence: { ...counted(before), looks: before.looks + 1 },
    verdict: { kind: 'good', sentence: soundText(sides, names) },
  };
}

export function unclear(before: Evidence, { from, to }: Sides, { names }: Rules): Judgement {
  const [share, other] = [percentText(failedShare(to)), percentText(failedShare(from))];
  const sentence = `${names.to} failed ${share} of ${judged(to)} requests, but ${names.from} ${other} of ${judged(from)}: nobody can say which is at fault`;
  return { evidence: dropped(before), verdict: { kind: 'unclear', sentence } };
}

export function doubtful(before: Evidence, what: string, { names }: Rules): Judgement {
  const sentence = `${what}; ${names.from} has such windows too`;
  return {
    evidence: { ...counted(before), looks: before.looks + 1 },
    verdict: { kind: 'unclear', sentence },
  };
}

/** @param alone the new arm has all the weight */
export function tooFew(evidence: Evidence, alone: boolean, rules: Rules): Judgement {
  const { names, minRequests, quietMs } = rules;
  const { pending, pendingMs } = evidence;
  const lacking = judged(pending.to) < minRequests || alone ? 'to' : 'from';
  const had = `${names[lacking]} had ${countText(judged(pending[lacking]), 'request')}`;
  const verdict: Verdict =
    pendingMs >= quietMs
      ? { kind: 'quiet', sentence: `${had} in ${spanText(pendingMs)}, a verdict takes ${minRequests}` }
      : { kind: 'too-few', sentence: `${had} so far, a verdict takes ${minRequests}` };
  return { evidence, verdict };
}
