import type { ChangedPool, PoolPolicy } from '../routing/change.ts';
import type { Member, Members } from './members.ts';

/** All endpoints of one route key. */
export interface Pool extends ChangedPool {
  /** The same object in all pools that nothing is said of. */
  policy: PoolPolicy;
  members: Members;
  /**
   * Those that say who may call, or by way of what service, in the order in which they came to say so. Null for nearly
   * all pools.
   */
  termed: readonly Member[] | null;
  /** Whole monotonic milliseconds of the last registration or removal. */
  changedAt: number;
}
