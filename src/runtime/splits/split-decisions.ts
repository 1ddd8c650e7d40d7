import type { DecisionEntry, JsonObject } from '../../decisions/decision.ts';
import { decisionKey, textOf } from '../../decisions/decision-key.ts';
import { type ReadSplit, readSplit } from '../../routing/split.ts';
import { readSplitRoute, type SplitRoute } from './split-route.ts';
import { tcpFault } from './tcp-fault.ts';

const PREFIX = 'split.';

export function splitKey({ text }: Pick<SplitRoute, 'text'>): string {
  return decisionKey('split', text);
}

/** The route that a decision is about; null: it is about something else. */
export function routeOfSplit({ key }: Pick<DecisionEntry, 'key'>): SplitRoute | null {
  const text = key.startsWith(PREFIX) ? textOf(key.slice(PREFIX.length)) : null;
  return text === null ? null : readSplitRoute(text);
}

/** A split as JSON has it, for this route. An error: why it cannot be followed, as one of a later version. */
export function splitFor(route: SplitRoute, value: JsonObject): ReadSplit {
  const read = readSplit(value, route.text);
  if (!read.ok || route.kind === 'http') return read;
  const error = tcpFault(read.split);
  return error === null ? read : { ok: false, error };
}
