import { selectorText, selects } from '../routing/selector.ts';
import type { Split } from '../routing/split.ts';
import { each } from './members.ts';
import type { RouteTable } from './route-table.ts';

/** An arm and who is in it now. */
export interface ArmJson {
  readonly selector: string;
  readonly weight: number;
  readonly endpoints: number;
  /** Applications of those, at most a few. */
  readonly apps: readonly string[];
}

/** Applications that are told of each arm. */
const MOST_APPS = 5;

/** The arms of a route with what the table has for each; the last one is what no arm selects, if there is such a thing. */
export function armsJson(
  table: Pick<RouteTable, 'pools' | 'endpoint'>,
  key: string,
  split: Split,
): ArmJson[] {
  const arms = split.arms.map(({ selector, weight }) => ({
    selector,
    weight,
    endpoints: 0,
    apps: new Set<string>(),
  }));
  const unselected = { endpoints: 0, apps: new Set<string>() };
  const pool = table.pools.get(key);
  for (const { held } of pool === undefined ? [] : each(pool.members)) {
    const facts = table.endpoint(held);
    const arm = arms.find(({ selector }) => selects(selector, facts)) ?? unselected;
    arm.endpoints++;
    if (facts.appId !== '') arm.apps.add(facts.appId);
  }
  const told = arms.map(({ selector, ...rest }) => ({ selector: selectorText(selector), ...rest }));
  const left = unselected.endpoints > 0 ? [{ selector: 'none of these', weight: 0, ...unselected }] : [];
  return [...told, ...left].map((arm) => ({ ...arm, apps: [...arm.apps].slice(0, MOST_APPS) }));
}
