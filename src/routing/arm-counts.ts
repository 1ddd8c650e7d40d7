import { type Selected, selectorText } from './selector.ts';
import { armAt, type Split } from './split.ts';

/** An arm and who is in it now. */
export interface ArmCount {
  readonly selector: string;
  readonly weight: number;
  readonly endpoints: number;
  /** Applications of those, at most a few. */
  readonly apps: readonly string[];
}

/** Applications that are told of each arm. */
const MOST_APPS = 5;

/** The arms of a route with the endpoints of each; the last one is what no arm selects, if there is such a thing. */
export function countArms(split: Split, endpoints: Iterable<Selected>): ArmCount[] {
  const counts = split.arms.map(({ selector, weight }) => ({ selector, weight, ...empty() }));
  const unselected = empty();
  for (const endpoint of endpoints) {
    const arm = counts[armAt(split, endpoint)] ?? unselected;
    arm.endpoints++;
    if (endpoint.appId !== '') arm.apps.add(endpoint.appId);
  }
  const told = counts.map(({ selector, ...rest }) => ({ selector: selectorText(selector), ...rest }));
  const left = unselected.endpoints > 0 ? [{ selector: 'none of these', weight: 0, ...unselected }] : [];
  return [...told, ...left].map((arm) => ({ ...arm, apps: [...arm.apps].slice(0, MOST_APPS) }));
}

function empty(): { endpoints: number; apps: Set<string> } {
  return { endpoints: 0, apps: new Set() };
}
