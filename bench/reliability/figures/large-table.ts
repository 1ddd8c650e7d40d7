import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import { cpuSeconds } from '../../cpu-time.ts';
import { median } from '../../statistics.ts';
import { HOST } from '../../target.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { answers } from '../fleet.ts';
import { type LargePlatform, ROUTES, startLargePlatform } from '../large-platform.ts';
import { measureLookups } from '../lookups.ts';
import { residentBytes } from '../process-state.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENT = new URL('../processes/steady-client.ts', import.meta.url);
const INSTANCES = 100_000;
/** Routes that requests are for, of those of the large table. */
const ASKED = 1000;
const PER_SECOND = 1000;
const ROUND_MS = 3000;
const PATIENCE_MS = 30_000;
const ROUNDS = 7;

export const largeTable: Figure = {
  id: 'L04',
  what: `${INSTANCES} instances with two routes each`,
  async run(site: Site): Promise<Outcome> {
    const instances = Math.ceil(INSTANCES * site.scale);
    const lookups = measureLookups(instances);
    site.say(`lookup p50 ${lookups.p50.toFixed(3)} µs`);
    const small = await startLargePlatform(site);
    const large = await startLargePlatform(site);
    const { pid } = large.router.daemon;
    await delay(2000);
    const before = residentBytes(pid);
    await large.say({ verb: 'register', from: 0, to: instances, perSecond: 0 });
    await delay(5000);
    const resident = residentBytes(pid);
    const hosts = await routesToOrigin(large);

    const client = new Subprocess<SteadyClientCalls>(site.bed, CLIENT);
    const costs: [small: number[], large: number[]] = [[], []];
    const faults: string[] = [];
    let failed = 0;
    const rounds = Math.ceil(ROUNDS * site.scale);
    for (let round = 0; round < rounds * 2; round++) {
      const { router } = round % 2 === 0 ? small : large;
      const load = { port: router.port, perSecond: PER_SECOND, ...(round % 2 === 1 && { hosts }) };
      await client.call('start', load);
      await delay(500);
      const cpu = cpuSeconds(router.daemon.pid);
      await delay(ROUND_MS);
      costs[round % 2 === 0 ? 0 : 1].push(cpuSeconds(router.daemon.pid) - cpu);
      const service = await client.call('stop');
      failed += sum(service.faults);
      faults.push(describe(service.faults));
    }
    const ratio = median(costs[1]) / median(costs[0]);
    const perRoute = (resident - before) / (instances * ROUTES);
    return {
      checks: [
        atMost('lookup, median', lookups.p50, 'µs', 1, 0.3),
        atMost('lookup, p99', lookups.p99, 'µs', 5),
        atMost('memory per route with its endpoint, two proxy threads', perRoute / 1024, 'KiB', 1.5, 0.6),
        atMost('memory in all', resident / 1e6, 'MB', 1400, 400),
        atMost('CPU per request more than with one route', (ratio - 1) * 100, '%', 3),
        none('requests failed', failed),
      ],
      notes: [
        `The first lookup of a route took ${lookups.first.toFixed(1)} µs.`,
        `${ASKED} routes were asked in turn, ${rounds} rounds on each router.`,
        ...new Set(faults),
      ].filter((note) => note !== ''),
    };
  },
};

/** Routes of the large table that lead to the application. */
async function routesToOrigin({ agents, instances, router }: LargePlatform): Promise<string[]> {
  const hosts = Array.from({ length: ASKED }, (_, each) => `r${String(each).padStart(4, '0')}.${HOST}`);
  const message = { host: '127.0.0.1', port: instances[0]!.port, uris: hosts };
  await agents.call('publish', { verb: 'register', message });
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await answers(router.port, hosts.at(-1)!))) {
    if (performance.now() > deadline) throw new CannotStart('the routes that are to be asked do not come');
  }
  return hosts;
}
