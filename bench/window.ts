import { truncateSync } from 'node:fs';
import { type Bed, LOAD_CORE, PROXY_CORE } from './bed.ts';
import { CannotStart } from './cannot-start.ts';
import type { Listener, RunningProxy } from './contender.ts';
import { type CoreUse, coreTicks, coreUse } from './core-time.ts';
import { cpuSeconds, threadSeconds } from './cpu-time.ts';
import type { Load, LoadResult } from './load/load.ts';

/** What one proxy did in one window. */
export interface Sample extends LoadResult {
  /** CPU of the proxy per operation. */
  readonly cpuMicroseconds: number;
  readonly core: CoreUse;
  /** Share of the proxy's core used by processes other than the proxy. */
  readonly others: number;
  /** Share of the load's core that nothing used. */
  readonly loadIdle: number;
}

/** @throws CannotStart when the proxy ends under load or answers nothing */
export async function measureWindow(
  bed: Bed,
  proxy: RunningProxy,
  listener: Listener,
  load: Load,
  seconds: number,
): Promise<Sample> {
  const { pid } = proxy.daemon;
  const { costOf } = proxy;
  const cost = () => (costOf === undefined ? cpuSeconds(pid) : threadSeconds(pid, costOf));
  if (proxy.accessLog) truncateSync(proxy.accessLog);
  proxy.attend?.(true);
  const [costBefore, cpuBefore] = [cost(), cpuSeconds(pid)];
  const [coreBefore, loadBefore] = [coreTicks(PROXY_CORE), coreTicks(LOAD_CORE)];
  const result = await load.run(bed, { listener, port: proxy.port }, seconds);
  const [spent, cpu] = [cost() - costBefore, cpuSeconds(pid) - cpuBefore];
  const core = coreUse(coreBefore, coreTicks(PROXY_CORE));
  const { idle: loadIdle } = coreUse(loadBefore, coreTicks(LOAD_CORE));
  proxy.attend?.(false);

  assertServed(proxy, result.operations);
  return {
    ...result,
    cpuMicroseconds: (spent * 1e6) / result.operations,
    core,
    others: Math.max(0, core.processes - cpu / result.seconds),
    loadIdle,
  };
}

/** @throws CannotStart when it is not so */
export function assertServed({ daemon }: RunningProxy, operations: number): void {
  const ending = daemon.ending();
  if (ending) throw new CannotStart(`under load, ${ending}`);
  if (operations === 0) throw new CannotStart(`under load, ${daemon.name} answered nothing`);
}
