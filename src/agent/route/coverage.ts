import type { Announcement, BusAnnouncement } from './announcement.ts';

/**
 * What is left to unregister of an announcement that has gone: not what others announce for the same endpoint, since a
 * router knows an endpoint in a route by its address alone. Null: nothing.
 */
export function uncovered(gone: Announcement, others: Iterable<Announcement>): Announcement | null {
  let left = gone.uris;
  for (const other of others) {
    if (other.address !== gone.address || !isSameTable(other, gone)) continue;
    left = left.filter((uri) => !other.uris.includes(uri));
  }
  if (left.length === gone.uris.length) return gone;
  if (left.length === 0 || gone.kind !== 'bus') return null;
  return narrowed(gone, left);
}

function narrowed(announcement: BusAnnouncement, uris: readonly string[]): BusAnnouncement {
  return { ...announcement, uris, fields: { ...announcement.fields, uris } };
}

function isSameTable(a: Announcement, b: Announcement): boolean {
  if (a.kind !== 'routing-api' || b.kind !== 'routing-api') return a.kind === b.kind;
  return a.routerGroup === b.routerGroup;
}
