import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Cliff, CliffGuard } from './cliff-guard.ts';

/** Says in the log that much would go and goes slowly, and when that is over. @param wasSlow before the guard was asked */
export function tellCliff(
  log: ComponentLog,
  guard: CliffGuard,
  wasSlow: boolean,
  { cliff, allowed }: { readonly cliff: Cliff; readonly allowed: number },
): void {
  if (guard.isSlow) {
    const data = { ...cliff, removed_now: allowed };
    if (wasSlow) log.warn('prune-slowed', data);
    else log.error('prune-cliff', data);
  } else if (wasSlow) log.info('prune-cliff-over');
}
