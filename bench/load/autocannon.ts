import { fileURLToPath } from 'node:url';
import type { Load } from './load.ts';

const SCRIPT = fileURLToPath(new URL('./autocannon-process.ts', import.meta.url));
const CONNECTIONS = 64;

export interface AutocannonTask {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
}

/** Where wrk is missing. It costs more CPU per request than the proxies do, so it may be the limit itself. */
export const autocannon: Load = {
  description: `autocannon over ${CONNECTIONS} connections`,
  missing: () => undefined,
  async run(bed, { port }, seconds) {
    const task: AutocannonTask = { port, connections: CONNECTIONS, seconds };
    return JSON.parse(await bed.run(process.execPath, [SCRIPT, JSON.stringify(task)]));
  },
};
