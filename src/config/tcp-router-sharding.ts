import type { z } from 'zod';
import type { Fault } from './rules.ts';
import type { tcpRouterFileSchema } from './schema/tcp-router.ts';
import type { Config } from './schema.ts';

const KEY = 'routing_table_sharding_mode';

type Keys = z.output<typeof tcpRouterFileSchema>;
type Sharding = Pick<Keys, 'isolation_segments'> & { readonly cellgate: Pick<Keys['cellgate'], typeof KEY> };

/** Whose routes a router for TCP alone serves. */
export function shardingMode({ cellgate, isolation_segments }: Sharding): Config[typeof KEY] {
  return cellgate[KEY] ?? (isolation_segments.length > 0 ? 'segments' : 'all');
}

export function shardingFaults(file: Sharding): Fault[] {
  if (shardingMode(file) !== 'segments' || file.isolation_segments.length > 0) return [];
  return [{ path: ['cellgate', KEY], message: 'is segments, but isolation_segments is empty' }];
}

/**
 * cf-tcp-router only logs its segments, so a file of its own has never kept a route out (docs/compatibility.md §7.1):
 * whoever puts this router in its place is told. Empty: there is nothing to tell.
 */
export function shardingNotice(file: Sharding): string {
  if (file.isolation_segments.length === 0 || file.cellgate[KEY] !== undefined) return '';
  const segments = file.isolation_segments.join(', ');
  return (
    `isolation_segments: only TCP routes of ${segments} are served, not the shared ones, where cf-tcp-router serves all;` +
    ` cellgate.${KEY} all does as it does, shared-and-segments adds the shared ones, segments ends this warning`
  );
}
