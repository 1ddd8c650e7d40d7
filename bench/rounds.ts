import type { Bed } from './bed.ts';
import type { RunningProxy } from './contender.ts';
import type { SaturatingLoad } from './load/load.ts';
import { type Samples, saturate, steady } from './measure.ts';
import type { Options } from './options.ts';

/** Long enough for V8 to have compiled the hot path on a slow core. */
const WARM_UP_SECONDS = 6;

/**
 * Each proxy's samples. The proxies take turns in windows of a second or so: on a machine whose speed drifts, only
 * windows that lie close together can be compared.
 * @throws CannotStart when a proxy ends under load or answers nothing
 */
export async function runRounds(
  bed: Bed,
  proxies: ReadonlyMap<string, RunningProxy>,
  load: SaturatingLoad,
  { rounds, seconds, steadyRounds, steadySeconds }: Options,
  say: (line: string) => void,
): Promise<Map<string, Samples>> {
  const samples = new Map<string, Samples>();
  for (const [name, proxy] of proxies) {
    say(`warming up ${name}`);
    await saturate(bed, proxy, load, WARM_UP_SECONDS);
    samples.set(name, { saturated: [], steady: [] });
  }
  for (let round = 1; round <= rounds; round++) {
    const figures: string[] = [];
    for (const [name, proxy] of proxies) {
      const result = await saturate(bed, proxy, load, seconds);
      samples.get(name)!.saturated.push(result);
      figures.push(`${name} ${result.cpuMicroseconds.toFixed(1)}`);
    }
    say(`saturated ${round}/${rounds}, CPU µs per request: ${figures.join(', ')}`);
  }
  for (let round = 1; round <= steadyRounds; round++) {
    const figures: string[] = [];
    for (const [name, proxy] of proxies) {
      const result = await steady(bed, proxy, steadySeconds);
      samples.get(name)!.steady.push(result);
      figures.push(`${name} ${result.p99.toFixed(2)}`);
    }
    say(`steady ${round}/${steadyRounds}, p99 ms: ${figures.join(', ')}`);
  }
  return samples;
}
