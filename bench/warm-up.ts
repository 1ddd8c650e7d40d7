import type { Bed } from './bed.ts';
import type { Listener, RunningProxy } from './contender.ts';
import type { Load } from './load/load.ts';
import { measureWindow } from './window.ts';

/** Seconds for a proxy that is machine code from the start. */
export const COMPILED_WARM_UP = 1;
/** Share of a core that counts as all of it. */
const ALL = 0.8;
/** So many times the seconds wanted, on a machine that is busy with other things. */
const PATIENCE = 3;

/**
 * Keeps a proxy busy until it has had this many seconds of CPU time: where something else has most of the core, the
 * clock says nothing of what has been compiled. @param hasTime for more than one window
 */
export async function warmUp(
  bed: Bed,
  proxy: RunningProxy,
  listener: Listener,
  load: Load,
  seconds: number,
  hasTime: () => boolean,
): Promise<void> {
  const window = Math.min(2, seconds);
  let used = 0;
  for (let elapsed = 0; used < seconds * ALL && elapsed < seconds * PATIENCE; elapsed += window) {
    if (elapsed > 0 && !hasTime()) return;
    const { cpuMicroseconds, operations } = await measureWindow(bed, proxy, listener, load, window);
    used += (cpuMicroseconds * operations) / 1e6;
  }
}
