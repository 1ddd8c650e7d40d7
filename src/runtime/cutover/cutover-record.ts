import type { Course, Outcome } from '../../cutover/course.ts';
import { type JsonObject, MAX_VALUE } from '../../decisions/decision.ts';
import { lengthOf } from '../../decisions/decision-entry.ts';
import { decisionKey, textOf } from '../../decisions/decision-key.ts';
import type { WorstRequest } from '../../routing/arm-tally.ts';
import { courseJson, RECORD } from './record-json.ts';

/** One arm in one window, for people. */
export interface ArmNumbers {
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
}

/** A window that was judged. */
export interface JudgedWindow {
  readonly at: number;
  /** Of the new arm when it ended. */
  readonly weight: number;
  readonly from: ArmNumbers;
  readonly to: ArmNumbers;
}

export interface Note {
  /** Unix milliseconds. */
  readonly at: number;
  readonly text: string;
}

/** A cutover of the same route that was over before this one began. */
export interface PastCutover {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly begunAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** A cutover as the store of decisions has it: with this any router can go on. */
export interface CutoverRecord {
  /** Another for each cutover. */
  readonly id: string;
  readonly route: string;
  /** Selectors of the arm that is replaced, and of the new one. */
  readonly from: string;
  readonly to: string;
  /** Who has begun it. */
  readonly by: string;
  /** Unix milliseconds. */
  readonly begunAt: number;
  readonly probePath: string;
  /** Null: as many as there are. */
  readonly expectRouters: number | null;
  readonly maxLoadFactor: number;
  /** The split as it was found, as JSON; null: there was none. */
  readonly found: JsonObject | null;
  /** It is over, and so is all that was to be done about the split after it. */
  readonly tidied: boolean;
  readonly course: Course;
  /** Oldest first. */
  readonly notes: readonly Note[];
  readonly windows: readonly JudgedWindow[];
  /** Of the new arm's failed requests. */
  readonly worst: readonly WorstRequest[];
  /** Newest first. */
  readonly past: readonly PastCutover[];
}

const PREFIX = 'cutover.';
const MOST_NOTES = 60;
const LONGEST_NOTE = 400;
const MOST_WINDOWS = 80;
const MOST_PAST = 5;
/** Of a record as JSON. */
const MOST_BYTES = MAX_VALUE - 4096;
/** Windows, or notes, that stay where there is no room. */
const FEW = 10;

export function cutoverKey(route: string): string {
  return decisionKey('cutover', route);
}

/** The route that a decision is about; null: it is about something else. */
export function routeOfCutover(key: string): string | null {
  return key.startsWith(PREFIX) ? textOf(key.slice(PREFIX.length)) : null;
}

/** A text: why it cannot be followed, as one of a later version. */
export function readRecord(value: JsonObject): CutoverRecord | string {
  const read = RECORD.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  return `${issue!.path.join('.')}: ${issue!.message}`;
}

/** Never more than a store takes: what is there for people only goes first, the oldest of it before the rest. */
export function recordJson(record: CutoverRecord): JsonObject {
  for (let kept: CutoverRecord | null = record; ; ) {
    const json: JsonObject = { ...kept, course: courseJson(kept.course) };
    kept = lengthOf(json) <= MOST_BYTES ? null : shortened(kept);
    if (kept === null) return json;
  }
}

/** Null: there is nothing left that could go. */
function shortened(record: CutoverRecord): CutoverRecord | null {
  const { windows, notes, course, past, worst } = record;
  const { evidence } = course;
  if (windows.length > FEW) return { ...record, windows: newerHalf(windows) };
  if (notes.length > FEW) return { ...record, notes: [...notes.slice(0, 3), ...newerHalf(notes.slice(3))] };
  if (past.length + worst.length > 0) return { ...record, past: [], worst: [] };
  if (evidence.history.length === 0) return null;
  return {
    ...record,
    course: { ...course, evidence: { ...evidence, history: newerHalf(evidence.history) } },
  };
}

function newerHalf<T>(list: readonly T[]): readonly T[] {
  return list.slice(Math.ceil(list.length / 2));
}

/** With what has been said of it meanwhile. The first notes stay, they say how it began. */
export function noted(record: CutoverRecord, notes: readonly Note[]): CutoverRecord {
  if (notes.length === 0) return record;
  const all = [...record.notes, ...notes.map(({ at, text }) => ({ at, text: text.slice(0, LONGEST_NOTE) }))];
  const kept = all.length <= MOST_NOTES ? all : [...all.slice(0, 3), ...all.slice(3 - MOST_NOTES)];
  return { ...record, notes: kept };
}

export function withWindow(record: CutoverRecord, window: JudgedWindow): CutoverRecord {
  return { ...record, windows: [...record.windows, window].slice(-MOST_WINDOWS) };
}

/** A cutover that is over, and those before it, as the next one of its route keeps them. */
export function pastOf(record: CutoverRecord | null): readonly PastCutover[] {
  if (record === null) return [];
  const { id, from, to, by, begunAt, course, past } = record;
  const { phase } = course;
  if (!('reason' in phase) || phase.name === 'reverting') return past;
  const ended = { endedAt: phase.since, outcome: phase.name, reason: phase.reason.slice(0, LONGEST_NOTE) };
  return [{ id, from, to, by, begunAt, ...ended }, ...past].slice(0, MOST_PAST);
}
