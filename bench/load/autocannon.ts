import { fileURLToPath } from 'node:url';
import type { Bed } from '../bed.ts';
import { BODY, type Target } from '../target.ts';
import type { LoadResult, SaturatingLoad } from './load.ts';

const SCRIPT = fileURLToPath(new URL('./autocannon-process.ts', import.meta.url));

export interface AutocannonTask extends Target {
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second over all connections; as many as possible when left out. */
  readonly rate?: number;
  readonly body: string;
}

/** Where wrk is missing. It costs more CPU per request than the proxies do, so it may be the limit itself. */
export const autocannon: SaturatingLoad = {
  name: 'autocannon',
  run: (bed, target, connections, seconds) => fire(bed, { ...target, connections, seconds, body: BODY }),
};

/** The latency figure that any machine can take: a steady rate far below saturation. */
export function steadyLoad(
  bed: Bed,
  target: Target,
  connections: number,
  seconds: number,
  rate: number,
): Promise<LoadResult> {
  return fire(bed, { ...target, connections, seconds, rate, body: BODY });
}

async function fire(bed: Bed, task: AutocannonTask): Promise<LoadResult> {
  return JSON.parse(await bed.run(process.execPath, [SCRIPT, JSON.stringify(task)]));
}
