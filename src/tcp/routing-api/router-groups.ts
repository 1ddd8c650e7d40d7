import { PortSet } from '../table/port-set.ts';

/** A RouterGroup of the routing API (docs/compatibility.md §7.6), of type tcp. */
export interface RouterGroup {
  readonly guid: string;
  readonly name: string;
  readonly ports: PortSet;
}

/** The tcp groups by guid. One that cannot be read is left out and named. Never throws. */
export function decodeRouterGroups(values: readonly unknown[]): {
  readonly groups: ReadonlyMap<string, RouterGroup>;
  readonly errors: readonly string[];
} {
  const groups = new Map<string, RouterGroup>();
  const errors: string[] = [];
  for (const value of values) {
    const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
      Record<string, unknown>
    >;
    const { guid, name, type, reservable_ports: written } = fields;
    if (type === 'http') continue;
    const ports = typeof written === 'string' ? PortSet.parse(written) : null;
    if (typeof guid !== 'string' || typeof name !== 'string' || type !== 'tcp') {
      errors.push('a router group without guid, name or type');
    } else if (ports === null) errors.push(`reservable_ports of router group ${JSON.stringify(name)}`);
    else groups.set(guid, { guid, name, ports });
  }
  return { groups, errors };
}

/** In cf-tcp-router's words: a line for each group that may give away ports other components have (§7.2). */
export function portConflicts(groups: Iterable<RouterGroup>, reserved: readonly number[]): string[] {
  const sentences: string[] = [];
  for (const { name, ports } of groups) {
    const both = reserved.filter((port) => ports.has(port));
    if (both.length === 0) continue;
    sentences.push(
      `The reserved ports for router group '${name}' contains the following reserved system component port(s): '${both.join(', ')}'. Please update your router group accordingly.`,
    );
  }
  return sentences;
}
