import { type ArmWindow, joinWindows, judged, NOTHING } from './window.ts';

/** What two arms did in the same time. */
export interface Sides {
  /** The arm that is replaced. */
  readonly from: ArmWindow;
  readonly to: ArmWindow;
}

/** What the judge knows. It is plain data: whoever takes a cutover over goes on with it. */
export interface Evidence {
  /** Since the weights changed, without what is pending, but of the last few looks alone. */
  readonly sum: Sides;
  /** Looks in `sum`, and windows. */
  readonly summed: number;
  readonly windows: number;
  /** Since the last verdict that had enough to go by. */
  readonly pending: Sides;
  readonly pendingWindows: number;
  readonly pendingMs: number;
  /** Bad windows since the weights changed. */
  readonly bad: number;
  /** Verdicts that had enough to go by since the weights changed: each could be wrong by chance. */
  readonly looks: number;
  /** How often it was asked whether the arm is worse than a quarter. */
  readonly glances: number;
  /** The last windows in which the replaced arm had requests, at whatever weight. */
  readonly history: readonly ArmWindow[];
}

/** Five minutes of the usual windows. */
const LONGEST_HISTORY = 20;
/** Looks. Twice those that a weight usually has. */
const LONGEST_SUM = 8;
const NEITHER: Sides = { from: NOTHING, to: NOTHING };

export const NO_EVIDENCE: Evidence = {
  sum: NEITHER,
  summed: 0,
  windows: 0,
  pending: NEITHER,
  pendingWindows: 0,
  pendingMs: 0,
  bad: 0,
  looks: 0,
  glances: 0,
  history: [],
};

/** A window of the replaced arm, be it from before the other got any request. */
export function remember(evidence: Evidence, from: ArmWindow): Evidence {
  if (judged(from) === 0) return evidence;
  return { ...evidence, history: [...evidence.history, from].slice(-LONGEST_HISTORY) };
}

export function received(evidence: Evidence, sides: Sides, ms: number): Evidence {
  const { pending, pendingWindows, pendingMs } = evidence;
  return {
    ...remember(evidence, sides.from),
    pending: joined(pending, sides),
    pendingWindows: pendingWindows + 1,
    pendingMs: pendingMs + ms,
  };
}

/** What is pending counts from now on. After so many looks the sum begins anew, or an hour that was good would hide much. */
export function counted(evidence: Evidence): Evidence {
  const { pending, pendingWindows } = evidence;
  const { sum, summed, windows } = evidence.summed < LONGEST_SUM ? evidence : NO_EVIDENCE;
  return {
    ...dropped(evidence),
    sum: joined(sum, pending),
    summed: summed + 1,
    windows: windows + pendingWindows,
  };
}

/** What is pending says nothing. */
export function dropped(evidence: Evidence): Evidence {
  return { ...evidence, pending: NEITHER, pendingWindows: 0, pendingMs: 0 };
}

/** Requests are shared out otherwise from now on: what was is no longer to be added up with what comes. */
export function afresh(evidence: Evidence): Evidence {
  return { ...dropped(evidence), sum: NEITHER, summed: 0, windows: 0, bad: 0, looks: 0, glances: 0 };
}

function joined(one: Sides, other: Sides): Sides {
  return { from: joinWindows([one.from, other.from]), to: joinWindows([one.to, other.to]) };
}
