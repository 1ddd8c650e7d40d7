import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { startFleet } from '../fleet.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENT = new URL('../processes/steady-client.ts', import.meta.url);
const INSTANCES = 3;
const PER_SECOND = 300;
const ENDPOINT_TIMEOUT_MS = 2000;
const QUIET_MS = 6000;
const FROZEN_MS = 10_000;

export const backendFrozen: Figure = {
  id: 'L12',
  what: `one of ${INSTANCES} instances is frozen for ${FROZEN_MS / 1000} s under ${PER_SECOND} GETs a second`,
  async run(site: Site): Promise<Outcome> {
    const { router, instances } = await startFleet(site, INSTANCES, {
      keys: { endpoint_timeout: `${ENDPOINT_TIMEOUT_MS}ms` },
    });
    const client = new Subprocess<SteadyClientCalls>(site.bed, CLIENT);
    const perSecond = Math.ceil(PER_SECOND * site.scale);
    const [frozen] = instances as [(typeof instances)[0]];
    await client.call('start', { port: router.port, perSecond });
    await delay(QUIET_MS);
    const quiet = await client.call('stop');
    await client.call('start', { port: router.port, perSecond });
    await delay(1000);
    site.say('kill -STOP');
    frozen.process.signal('SIGSTOP');
    // What is sent to it before the first timeout is lost in any case; what comes later should go elsewhere.
    await delay(ENDPOINT_TIMEOUT_MS + 500);
    const first = await client.call('stop');
    await client.call('start', { port: router.port, perSecond });
    await delay(FROZEN_MS - ENDPOINT_TIMEOUT_MS - 500);
    const later = await client.call('stop');
    frozen.process.signal('SIGCONT');
    return {
      checks: [
        atMost('longest a client waited', Math.max(first.max, later.max), 'ms', ENDPOINT_TIMEOUT_MS + 1000),
        none('requests failed once the first had timed out', sum(later.faults)),
        atMost('their p99, of that when quiet', later.p99 / quiet.p99, '×', 2),
      ],
      notes: [
        `Until then ${first.requests} requests${faultsOf(first.faults)}; later ${later.requests}${faultsOf(later.faults)}, p99 ${later.p99.toFixed(1)} ms, ${quiet.p99.toFixed(1)} ms when quiet.`,
      ],
    };
  },
};

function faultsOf(faults: Parameters<typeof describe>[0]): string {
  return sum(faults) === 0 ? '' : `, of which failed ${describe(faults)}`;
}
