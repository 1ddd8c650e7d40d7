import type { Config } from '../../config/schema.ts';
import { BusSeal, type SealRefusal } from '../../roll-call/bus-seal.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { busKey } from '../settings/bus-key.ts';

/** By which records of requests cross the bus; null: they do not. */
export function createSeal(config: Config, log: ComponentLog): BusSeal | null {
  const key = busKey(config);
  if (key === null) return null;
  /** Said once: what one router does wrongly it does again and again. */
  const told = new Set<SealRefusal>();
  return new BusSeal({
    key,
    now: systemTime,
    onRefused(reason) {
      if (told.has(reason)) return;
      told.add(reason);
      log.warn('sealed-message-refused', { reason });
    },
  });
}
