import { alarmLevel, suspicionLevel } from './budget.ts';
import {
  BEFORE_AND_AFTER,
  chanceOfErrors,
  chanceOfSlowness,
  chanceOfWaiting,
  failsMore,
  hasMoreUnderWay,
  isSlower,
  type Sample,
  SIDE_BY_SIDE,
} from './comparison.ts';
import { counted, type Evidence, received, type Sides } from './evidence.ts';
import { bad, doubtful, good, type Judgement, type Rules, tooFew, unclear, type Verdict } from './verdict.ts';
import { type ArmWindow, FEW, failedShare, isDown, joinWindows, judged, NOTHING } from './window.ts';
import { errorsText, latencyText, waitingText } from './wording.ts';

/** A window in which both arms had the same weights all the time. */
export interface Look {
  readonly sides: Sides;
  readonly ms: number;
  /** The replaced arm has no weight any more: the other is held against what it did before. */
  readonly alone: boolean;
}

/** By so much the other arm has to be better than one that is down. */
const APART = 0.1;

const ASKED = [
  { question: 'errors', differs: failsMore, chance: chanceOfErrors, text: errorsText },
  { question: 'latency', differs: isSlower, chance: chanceOfSlowness, text: latencyText },
] as const;

/** Judges one more window. */
export function judge(before: Evidence, { sides: seen, ms, alone }: Look, rules: Rules): Judgement {
  // What still ends at an arm without weight began when it had some.
  const sides = alone ? { from: NOTHING, to: seen.to } : seen;
  const alarm = glance(received(before, sides, ms), null, rules);
  const { evidence } = alarm;
  if (alarm.verdict !== null) return { evidence, verdict: alarm.verdict };
  const { pending, history } = evidence;
  const now: Sides = { from: alone ? joinWindows(history) : pending.from, to: pending.to };
  if (isDown(now.from) && isDown(now.to)) return unclear(evidence, now, rules);
  const { minRequests } = rules;
  const enough = (count: (window: ArmWindow) => number) =>
    count(pending.to) >= minRequests && (alone || count(pending.from) >= minRequests);
  if (enough(judged)) return decide(evidence, now, alone, rules);
  // An arm that hangs ends nothing that could be counted.
  const hangs = enough(({ begun }) => begun) ? waits(evidence, alone, rules) : null;
  return hangs ?? tooFew(evidence, alone, rules);
}

/**
 * Asks only whether the new arm is worse than a quarter, which is so whatever the weights are.
 * @param mixed a window in which they changed; null: what is pending
 */
export function glance(
  evidence: Evidence,
  mixed: Sides | null,
  { names, planned, weights }: Rules,
): { readonly evidence: Evidence; readonly verdict: Verdict | null } {
  const { history, pending, pendingWindows } = evidence;
  const { from, to } = mixed ?? pending;
  if (judged(to) < FEW) return { evidence, verdict: null };
  const windows = mixed === null ? pendingWindows : 1;
  const isFresh = judged(from) >= FEW;
  const sides = { from: isFresh ? from : joinWindows(history), to };
  const sample: Sample = {
    isSideBySide: isFresh,
    sides,
    fromWindows: isFresh ? windows : history.length,
    toWindows: windows,
    history,
  };
  const glanced = { ...evidence, glances: evidence.glances + 1 };
  const level = alarmLevel({ look: glanced.glances, planned, weights });
  const isFar = isDown(to) && failedShare(to) >= failedShare(sides.from) + APART;
  // With nothing to compare with, a quarter is bad enough.
  const isSure = judged(sides.from) === 0 || chanceOfErrors(sample) <= level;
  if (!isFar || !isSure) return { evidence: glanced, verdict: null };
  const sentence = `${errorsText(sides, names)}: more than a quarter reverts at once`;
  return { evidence: glanced, verdict: { kind: 'worse-than-a-quarter', sentence } };
}

/** @param now what is pending, of the new arm and of that which it is held against */
function decide(evidence: Evidence, now: Sides, alone: boolean, rules: Rules): Judgement {
  const { sum, windows } = counted(evidence);
  const { history } = evidence;
  const sides = alone ? { from: now.from, to: sum.to } : sum;
  if (judged(sides.from) === 0) return good(evidence, sides, rules);
  const effects = alone ? BEFORE_AND_AFTER : SIDE_BY_SIDE;
  const fromWindows = alone ? history.length : windows;
  const sample: Sample = { isSideBySide: !alone, sides, fromWindows, toWindows: windows, history };
  for (const { question, differs, chance: chanceOf, text } of ASKED) {
    // What was bad once must not make windows bad that are good themselves.
    if (!differs(now, effects) || !differs(sides, effects)) continue;
    const level = suspicionLevel(question);
    const chance = chanceOf(sample);
    const what = text(sides, rules.names);
    if (chance <= level) return bad(evidence, { question, chance, text: what }, rules);
    // Nothing to blame it for, but nothing to trust it for either.
    if (chanceOf({ ...sample, history: [] }) <= level) return doubtful(evidence, what, rules);
  }
  return waits(evidence, alone, rules) ?? good(evidence, sides, rules);
}

/** Null, unless so much is under way for what began that the arm must be hanging. */
function waits(evidence: Evidence, alone: boolean, rules: Rules): Judgement | null {
  const { pending, history } = evidence;
  const from = alone ? (history.at(-1) ?? NOTHING) : pending.from;
  const sides = { from, to: pending.to };
  if (!hasMoreUnderWay(sides)) return null;
  const chance = chanceOfWaiting(sides);
  if (chance > suspicionLevel('waiting')) return null;
  return bad(evidence, { question: 'waiting', chance, text: waitingText(sides, rules.names) }, rules);
}
