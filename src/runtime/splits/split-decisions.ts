import type { Decision, DecisionEntry } from '../../decisions/decision.ts';
import { decisionKey, textOf } from '../../decisions/decision-key.ts';
import { readSplit, type Split } from '../../routing/split.ts';

const PREFIX = 'split.';

export function splitKey(route: string): string {
  return decisionKey('split', route);
}

/** The route that a decision is about; null: it is about something else. */
export function routeOfSplit({ key }: Pick<DecisionEntry, 'key'>): string | null {
  return key.startsWith(PREFIX) ? textOf(key.slice(PREFIX.length)) : null;
}

/** What a decision says; a text: why it cannot be followed, as one of a later version. */
export function splitOf({ value }: Decision, route: string): Split | string {
  const read = readSplit(value, route);
  return read.ok ? read.split : read.error;
}
