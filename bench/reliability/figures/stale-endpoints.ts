import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { startFleet } from '../fleet.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENT = new URL('../processes/steady-client.ts', import.meta.url);
/** Nothing listens there, and nothing comes to by chance: they are below those that the system hands out. */
const STALE_PORTS = [1, 2, 3];
const STALE = STALE_PORTS.length;
const GOOD = 3;
const PER_SECOND = 200;
const SECONDS = 15;

export const staleEndpoints: Figure = {
  id: 'L14',
  what: `${STALE} of ${STALE + GOOD} endpoints are stale: nothing listens there`,
  async run(site: Site): Promise<Outcome> {
    const { router } = await startFleet(site, GOOD, {
      stalePorts: STALE_PORTS,
      keys: { backends: { max_attempts: 4 } },
    });
    const { port } = router;
    const client = new Subprocess<SteadyClientCalls>(site.bed, CLIENT);
    await client.call('start', { port, perSecond: Math.ceil(PER_SECOND * site.scale) });
    await delay(SECONDS * 1000);
    const service = await client.call('stop');
    return {
      checks: [
        none('requests failed, the first included', sum(service.faults)),
        atMost('p99', service.p99, 'ms', 100),
      ],
      notes: [`${service.requests} requests.`, describe(service.faults)].filter((note) => note !== ''),
    };
  },
};
