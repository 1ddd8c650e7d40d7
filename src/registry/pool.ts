import type { ChangedPool, PoolPolicy } from '../routing/change.ts';
import type { Members } from './members.ts';
import type { PoolTerms } from './pool-terms.ts';

/** All endpoints of one route key. */
export interface Pool extends ChangedPool {
  /** The same object in all pools that nothing is said of. */
  policy: PoolPolicy;
  members: Members;
  /** Null for nearly all pools: their members say nothing. */
  terms: PoolTerms | null;
  /** Whole monotonic milliseconds of the last registration or removal. */
  changedAt: number;
}
