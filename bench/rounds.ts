import type { Bed } from './bed.ts';
import type { RunningProxy } from './contender.ts';
import type { SaturatingLoad } from './load/load.ts';
import { type Sample, type Saturated, saturate, steady } from './measure.ts';
import type { Options } from './options.ts';

/** Long enough for V8 to have compiled the hot path on a slow core. */
const FIRST_WARM_UP_SECONDS = 5;
const WARM_UP_SECONDS = 1;

/**
 * Each proxy's samples, one per round. The proxies take turns, so that a machine that slows down for a while
 * does so for all, and the windows that are compared with each other lie close together.
 * @throws CannotStart when a proxy ends under load or answers nothing
 */
export async function runRounds(
  bed: Bed,
  proxies: ReadonlyMap<string, RunningProxy>,
  load: SaturatingLoad,
  { rounds, seconds, steadySeconds }: Options,
  say: (line: string) => void,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(Array.from(proxies.keys(), (name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    const warmUpSeconds = round === 1 ? FIRST_WARM_UP_SECONDS : WARM_UP_SECONDS;
    const saturated = new Map<string, Saturated>();
    for (const [name, proxy] of proxies) {
      const result = await saturate(bed, proxy, load, warmUpSeconds, seconds);
      saturated.set(name, result);
      const rate = (result.requests / result.seconds).toFixed(0);
      say(
        `round ${round}/${rounds}  ${name.padEnd(10)} ${result.cpuMicroseconds.toFixed(1)} µs, ${rate} requests/s`,
      );
    }
    for (const [name, proxy] of proxies) {
      const result = await steady(bed, proxy, steadySeconds);
      samples.get(name)!.push({ saturated: saturated.get(name)!, steady: result });
      say(
        `round ${round}/${rounds}  ${name.padEnd(10)} p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms`,
      );
    }
  }
  return samples;
}
