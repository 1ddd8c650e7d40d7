import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { Bus } from './bus.ts';

/** Resolves when the server has seen everything sent before, when it cannot be reached, or after so many milliseconds. */
export async function flushWithin(bus: Pick<Bus, 'flush'>, timeout: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = after(timeout, ONE_ROUND, late.resolve);
  try {
    await Promise.race([bus.flush(), late.promise]);
  } catch {
    // Without a connection there is nobody who could see it.
  } finally {
    clearTimeout(timer);
  }
}
