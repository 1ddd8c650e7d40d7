import { fileURLToPath } from 'node:url';
import { type Bed, LOAD_CORE } from '../bed.ts';
import type { Contender, RunningProxy, Setting } from '../contender.ts';
import { freePorts } from '../free-ports.ts';
import { CELLGATE, startCellgate, tableOf } from '../running-cellgate.ts';
import { HEARTBEAT_SECONDS } from '../target.ts';
import { platformKeys, TAGS } from './platform-keys.ts';

const SINK = fileURLToPath(new URL('./agent-process.ts', import.meta.url));

/** As a platform runs it: with all that gorouter's job has on, and a Loggregator agent that reads. What that takes is left out. */
export const platform: Contender = contender('cellgate-platform');

/** The same, of which the proxy thread alone is looked at: what is done elsewhere does not hold up a request. */
export const platformThread: Contender = contender('cellgate-platform-thread', 'proxy-0');

function contender(name: string, costOf?: string): Contender {
  return {
    name,
    listeners: ['http'],
    missing: () => undefined,
    async start(setting) {
      const running = await start(setting);
      return costOf === undefined ? running : { ...running, costOf };
    },
  };
}

async function start(setting: Setting): Promise<RunningProxy> {
  const { bed, label, originPort, routes } = setting;
  return startCellgate({
    ...setting,
    program: CELLGATE,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    registrations: tableOf(routes, originPort, TAGS),
    keys: { ...platformKeys(await startAgent(bed, label)), droplet_stale_threshold: '1h' },
    cellgateKeys: { max_connections: 0 },
  });
}

/** @returns the UDP port that it takes envelopes on */
async function startAgent(bed: Bed, label: string): Promise<number> {
  const [port] = (await freePorts(1)) as [number];
  bed.start(`${label}-agent`, LOAD_CORE, process.execPath, [SINK, String(port)]);
  return port;
}
