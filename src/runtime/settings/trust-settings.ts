import type { Config } from '../../config/schema.ts';
import type { TrustOptions } from '../../registry/trust.ts';
import { registerInterval } from './register-interval.ts';

/** Milliseconds. */
const LEAST_RECONCILIATION = 40_000;
/** Announcements that an agent may miss. */
const INTERVALS = 2;

/** How long endpoints may serve of which nobody speaks. */
export function trustSettings(config: Config): TrustOptions {
  const { max_age_verified, max_age_plain } = config.cellgate.snapshot;
  return {
    suspendPruning: config.suspend_pruning_if_nats_unavailable,
    maxAgeVerified: max_age_verified,
    maxAgePlain: max_age_plain ?? null,
    reconcileAfter: Math.max(INTERVALS * registerInterval(config), LEAST_RECONCILIATION),
  };
}
