type ShardingMode = 'all' | 'shared-and-segments' | 'segments';

export interface Sharding {
  readonly mode: ShardingMode;
  readonly segments: readonly string[];
}

/** Whether a router of the former serves all that one of the latter does. */
export function covers(former: Sharding, latter: Sharding): boolean {
  if (former.mode === 'all' || latter.mode === 'all') return former.mode === 'all';
  const shared = latter.mode === 'shared-and-segments' ? [''] : [];
  return [...shared, ...latter.segments].every(segmentFilter(former));
}

/** Which isolation segments this router serves (docs/compatibility.md §2.8); the empty segment is the shared one. */
export function segmentFilter({ mode, segments }: Sharding): (segment: string) => boolean {
  const listed = new Set(segments);
  switch (mode) {
    case 'all':
      return () => true;
    case 'shared-and-segments':
      return (segment) => segment === '' || listed.has(segment);
    case 'segments':
      return (segment) => listed.has(segment);
  }
}
