import type { Weights } from '../../cutover/course.ts';
import { WHOLE } from '../../cutover/plan.ts';
import type { JsonObject } from '../../decisions/decision.ts';
import { parseSelector, selectorText } from '../../routing/selector.ts';
import { readSplit, type Split, splitJson } from '../../routing/split.ts';

/** Selectors of the arm that is replaced, and of the new one. */
export interface ArmPair {
  readonly from: string;
  readonly to: string;
}

/** All arms of a cutover's split, in their order: those that were found, and the two. */
export function selectorsOf(found: JsonObject | null, route: string, { from, to }: ArmPair): string[] {
  const selectors = foundSplit(found, route)?.arms.map(({ selector }) => selectorText(selector)) ?? [];
  const missing = [from, to].filter((selector) => !selectors.includes(selector));
  const all = [...selectors, ...missing];
  // It takes what no other does, so it is asked last.
  return [...all.filter((selector) => selector !== 'rest'), ...all.filter((selector) => selector === 'rest')];
}

/** As `/v1/splits` has it. Users are known by what the split that was found knows them by. */
export function splitFor(
  found: JsonObject | null,
  route: string,
  arms: ArmPair,
  weights: Weights,
): JsonObject {
  const { from, to } = arms;
  const split = foundSplit(found, route);
  const { key, on_empty } =
    split === null ? ({} as Record<string, unknown>) : (splitJson(split) as Record<string, unknown>);
  return {
    arms: selectorsOf(found, route, arms).map((selector) => ({
      selector,
      weight: selector === from ? weights.from : selector === to ? weights.to : 0,
    })),
    key: key ?? 'none',
    on_empty: on_empty ?? 'spill',
  };
}

/**
 * Once the arm without weight has gone: what kept newly mapped applications out goes on to do so; null: nothing did.
 * @param stays the selector of the other one
 */
export function splitAfter(
  found: JsonObject | null,
  route: string,
  arms: ArmPair,
  stays: string,
): JsonObject | null {
  const holds = foundSplit(found, route)?.arms.some(({ selector }) => selector.kind === 'rest') ?? false;
  if (!holds || arms.from === 'rest' || arms.to === 'rest') return null;
  const { key, on_empty } = splitFor(found, route, arms, { from: 0, to: WHOLE });
  return {
    arms: [
      { selector: stays, weight: WHOLE },
      { selector: 'rest', weight: 0 },
    ],
    key,
    on_empty,
  };
}

/** How the two arms share what they have; a text: why a cutover cannot take this split over. */
export function weightsIn(found: JsonObject | null, route: string, { from, to }: ArmPair): Weights | string {
  const split = foundSplit(found, route);
  if (found !== null && split === null) return `the split of ${route} is one that this router cannot follow`;
  if (split === null) return { from: WHOLE, to: 0 };
  const weights = { from: 0, to: 0 };
  for (const { selector, weight } of split.arms) {
    const text = selectorText(selector);
    if (text === from) weights.from = weight;
    else if (text === to) weights.to = weight;
    else if (weight > 0) {
      return `the split of ${route} gives weight to ${text} too, and a cutover is between two arms`;
    }
  }
  const sum = weights.from + weights.to;
  if (sum === 0) return `the split of ${route} gives no weight to ${from} or ${to}`;
  const share = Math.round((weights.to / sum) * WHOLE);
  return { from: WHOLE - share, to: share };
}

/** The same selectors, written in one way; a text: what is wrong with one. @throws never */
export function readPair(from: string, to: string): ArmPair | string {
  const read = (name: string, text: string): string | { readonly error: string } => {
    try {
      return selectorText(parseSelector(text));
    } catch (error) {
      return { error: `${name}: ${(error as Error).message}` };
    }
  };
  const [one, other] = [read('from', from), read('to', to)];
  if (typeof one !== 'string') return one.error;
  if (typeof other !== 'string') return other.error;
  return one === other ? `from and to are both ${one}` : { from: one, to: other };
}

/** Whether two splits say the same. */
export function isSameSplit(one: JsonObject, other: JsonObject, route: string): boolean {
  const [first, second] = [readSplit(one, route), readSplit(other, route)];
  if (!first.ok || !second.ok) return false;
  return JSON.stringify(splitJson(first.split)) === JSON.stringify(splitJson(second.split));
}

function foundSplit(found: JsonObject | null, route: string): Split | null {
  const read = found === null ? null : readSplit(found, route);
  return read?.ok === true ? read.split : null;
}
