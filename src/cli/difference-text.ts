import type { EndpointDifference, RouteDifference } from '../table/table-diff.ts';
import { printable } from './printable.ts';

/** Of a value, in characters. */
const LONGEST = 200;

/** What differs of a route, in words; a line for the route and one for each of its endpoints, where it is in both. */
export function differenceText(difference: RouteDifference, old: string, next: string): string {
  const { kind, route, gone, added, changed } = difference;
  const name = printable(kind === 'tcp' ? `tcp ${route}` : route);
  if (difference.in !== 'both') {
    const [where, addresses] = difference.in === 'old' ? [old, gone] : [next, added];
    return `${name}: only in ${printable(where)}, with ${addresses.map(printable).join(', ')}\n`;
  }
  const lines = [
    ...gone.map((address) => [address, `only in ${old}`] as const),
    ...added.map((address) => [address, `only in ${next}`] as const),
    ...changed.map((each) => [each.address, changes(each, old, next)] as const),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}:\n${lines.map(([address, what]) => printable(`  ${address} ${what}`)).join('\n')}\n`;
}

function changes({ fields }: EndpointDifference, old: string, next: string): string {
  const each = fields.map(
    ({ field, old: before, new: after }) =>
      `${field} is ${shown(before)} in ${old} and ${shown(after)} in ${next}`,
  );
  return `differs: ${each.join('; ')}`;
}

function shown(value: unknown): string {
  if (value === null) return 'not there';
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
