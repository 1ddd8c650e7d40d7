import { type JsonObject, MAX_DECISIONS, MAX_VALUES } from './decision.ts';
import { byFault, isJsonObject, lengthOf, revisionFault, valueFault } from './decision-entry.ts';
import { keyFault } from './decision-key.ts';
import type { Refused } from './decision-store.ts';
import type { LatestDecisions } from './latest-decisions.ts';

/** A write that there is nothing wrong with. */
export interface WriteRequest {
  readonly key: string;
  /** As it comes back out of JSON, so that all routers see the same. Null: the decision is taken back. */
  readonly value: JsonObject | null;
  readonly by: string;
  readonly expected: number;
}

/** The same checks for every store. */
export function putRequest(
  latest: LatestDecisions,
  key: string,
  value: JsonObject,
  by: string,
  expected: number,
): WriteRequest | Refused {
  const plain = throughJson(value);
  const why =
    keyFault(key) ??
    (isJsonObject(plain) ? valueFault(plain) : 'value: no JSON object') ??
    deciderFault(by) ??
    (expected === 0 ? null : expectedFault(expected)) ??
    roomFault(latest, key, plain as JsonObject);
  return why === null ? { key, value: plain as JsonObject, by, expected } : refused(why);
}

export function removeRequest(key: string, by: string, expected: number): WriteRequest | Refused {
  const why = keyFault(key) ?? deciderFault(by) ?? expectedFault(expected);
  return why === null ? { key, value: null, by, expected } : refused(why);
}

export function isRefused(request: WriteRequest | Refused): request is Refused {
  return 'outcome' in request;
}

function throughJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return undefined;
  }
}

function deciderFault(by: string): string | null {
  return by === '' ? 'by: found nothing, allowed: the name of whoever decides' : byFault(by);
}

function expectedFault(expected: number): string | null {
  const fault = revisionFault(expected);
  return fault === null ? null : `expected ${fault}`;
}

function roomFault(latest: LatestDecisions, key: string, value: JsonObject): string | null {
  const others = latest.all().filter((decision) => decision.key !== key);
  if (others.length >= MAX_DECISIONS) {
    return `there are ${others.length} decisions already, allowed: at most ${MAX_DECISIONS}`;
  }
  const bytes = others.reduce((sum, decision) => sum + lengthOf(decision.value), lengthOf(value));
  if (bytes <= MAX_VALUES) return null;
  return `values of all decisions would come to ${bytes} bytes, allowed: at most ${MAX_VALUES}`;
}

function refused(why: string): Refused {
  return { outcome: 'refused', why };
}
