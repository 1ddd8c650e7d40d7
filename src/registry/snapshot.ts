import type { RouteChange } from '../routing/change.ts';
import type { Pool } from './pool.ts';

/** The changes that build this table in an empty replica, members in their order. */
export function snapshotOf(pools: Iterable<Pool>): RouteChange[] {
  const changes: RouteChange[] = [];
  for (const { settings, members } of pools) {
    changes.push({ kind: 'pool-put', pool: settings });
    for (const { endpoint } of members.values()) {
      changes.push({ kind: 'endpoint-put', pool: settings.id, endpoint });
    }
  }
  return changes;
}
