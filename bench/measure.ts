import { truncateSync } from 'node:fs';
import { type Bed, PROXY_CORE } from './bed.ts';
import { CannotStart } from './cannot-start.ts';
import type { RunningProxy } from './contender.ts';
import { type CoreUse, coreTicks, coreUse } from './core-time.ts';
import { cpuSeconds } from './cpu-time.ts';
import { steadyLoad } from './load/autocannon.ts';
import type { LoadResult, SaturatingLoad } from './load/load.ts';
import { HOST } from './target.ts';

export const CONNECTIONS = 64;
export const STEADY_RATE = 1000;
export const STEADY_CONNECTIONS = 20;

export interface Saturated extends LoadResult {
  readonly cpuMicroseconds: number;
  readonly core: CoreUse;
  /** Share of the core used by processes other than the proxy. */
  readonly others: number;
}

/** What one proxy did, a value per round. */
export interface Samples {
  readonly saturated: Saturated[];
  readonly steady: LoadResult[];
}

/** @throws CannotStart when the proxy ends under load or answers nothing */
export async function saturate(
  bed: Bed,
  proxy: RunningProxy,
  load: SaturatingLoad,
  seconds: number,
): Promise<Saturated> {
  const target = { port: proxy.port, host: HOST };
  if (proxy.accessLog) truncateSync(proxy.accessLog);

  const [cpuBefore, coreBefore] = [cpuSeconds(proxy.daemon.pid), coreTicks(PROXY_CORE)];
  const result = await load.run(bed, target, CONNECTIONS, seconds);
  const cpu = cpuSeconds(proxy.daemon.pid) - cpuBefore;
  const core = coreUse(coreBefore, coreTicks(PROXY_CORE));

  assertServed(proxy, result);
  return {
    ...result,
    cpuMicroseconds: (cpu * 1e6) / result.requests,
    core,
    others: Math.max(0, core.processes - cpu / result.seconds),
  };
}

/** @throws CannotStart when the proxy ends under load or answers nothing */
export async function steady(bed: Bed, proxy: RunningProxy, seconds: number): Promise<LoadResult> {
  const target = { port: proxy.port, host: HOST };
  const result = await steadyLoad(bed, target, STEADY_CONNECTIONS, seconds, STEADY_RATE);
  assertServed(proxy, result);
  return result;
}

function assertServed({ daemon }: RunningProxy, { requests }: LoadResult): void {
  const ending = daemon.ending();
  if (ending) throw new CannotStart(`under load, ${ending}`);
  if (requests === 0) throw new CannotStart(`under load, ${daemon.name} answered nothing`);
}
