/** Of a decision's value: what JSON can say, and nothing else. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One step in the history of a key. */
export interface DecisionEntry {
  readonly key: string;
  /** Null: the decision was taken back. */
  readonly value: JsonObject | null;
  /** Of the store; it goes up with every step of any key. */
  readonly revision: number;
  /** When it was decided. Unix milliseconds. */
  readonly at: number;
  /** Who has decided; empty where the store does not say. */
  readonly by: string;
}

/** What operators have decided about one thing, and not taken back. */
export interface Decision extends DecisionEntry {
  readonly value: JsonObject;
}

/** Steps that are kept of each key, in every store. */
export const HISTORY = 32;
/** Of a value as JSON. Bytes. */
export const MAX_VALUE = 64 * 1024;
/** Keys that have a decision. */
export const MAX_DECISIONS = 10_000;
/** Of all values together: every router has them in memory, and beside its table on disk. Bytes. */
export const MAX_VALUES = 8 * 1024 * 1024;

export function isDecision(entry: DecisionEntry): entry is Decision {
  return entry.value !== null;
}
