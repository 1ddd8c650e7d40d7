type ShardingMode = 'all' | 'shared-and-segments' | 'segments';

export interface Sharding {
  readonly mode: ShardingMode;
  readonly segments: readonly string[];
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
