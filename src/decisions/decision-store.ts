import type { Decision, DecisionEntry, JsonObject } from './decision.ts';

export type StoreState =
  | { readonly name: 'reachable' }
  /** Since then what is known may be old. Unix milliseconds. */
  | { readonly name: 'away'; readonly since: number; readonly why: string };

/** Not decided, as far as it is known here. It may be tried again: what was taken nevertheless is then a conflict. */
export interface Away {
  readonly outcome: 'away';
  readonly why: string;
}

/** Nothing was decided, nor will it be until something else is changed. */
export interface Refused {
  readonly outcome: 'refused';
  readonly why: string;
}

/** Somebody else was first. */
interface Conflict {
  readonly outcome: 'conflict';
  /** What stands there; null: nothing does, or nothing that can be read. */
  readonly current: Decision | null;
  /** To be expected by whoever tries again; 0: the key must not exist. */
  readonly revision: number;
}

interface Done {
  readonly outcome: 'ok';
  readonly revision: number;
}

export type WriteOutcome = Done | Conflict | Away | Refused;

export type HistoryOutcome =
  /** Oldest first. */
  { readonly outcome: 'ok'; readonly entries: readonly DecisionEntry[] } | Away;

export type DecisionListener = (entry: DecisionEntry) => void;

/** Where decisions are kept. Nothing here throws or rejects: what goes wrong is an outcome. */
export interface DecisionStore {
  readonly state: StoreState;
  /** All that is decided, as far as it is known here. */
  current(): readonly Decision[];
  /**
   * @param by who decides, for the history
   * @param expected the revision that the key has; 0: it must have no decision
   */
  put(key: string, value: JsonObject, by: string, expected: number): Promise<WriteOutcome>;
  /** Takes a decision back. @param expected see `put`; from 1 */
  remove(key: string, by: string, expected: number): Promise<WriteOutcome>;
  history(key: string): Promise<HistoryOutcome>;
  /** Tells at once what is decided, and from then on every change once. Answers how to end it. */
  watch(listener: DecisionListener): () => void;
  close(): Promise<void>;
}
