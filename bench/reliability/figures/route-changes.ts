import { setTimeout as delay } from 'node:timers/promises';
import { registrationMessage } from '../../running-cellgate.ts';
import { percentile } from '../../statistics.ts';
import { HOST } from '../../target.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { startFleet } from '../fleet.ts';
import { startLargePlatform } from '../large-platform.ts';
import { monotonic } from '../monotonic.ts';
import { startNats } from '../nats.ts';
import type { PlatformCalls } from '../processes/platform.ts';
import type { RouteProberCalls } from '../processes/route-prober.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { Subprocess } from '../subprocess.ts';

const AGENTS = new URL('../processes/platform.ts', import.meta.url);
const CLIENT = new URL('../processes/steady-client.ts', import.meta.url);
const PROBER = new URL('../processes/route-prober.ts', import.meta.url);
const INSTANCES = 100_000;
const PROBED = 500;
const REMAPS = 100;
const PER_SECOND = 2000;
/** From registering green to unregistering blue, and from there to looking who was asked. Milliseconds. */
const BOTH_MS = 100;
const AFTER_MS = 150;

export const routeLatency: Figure = {
  id: 'L08',
  what: `${PROBED} routes come and go beside ${INSTANCES} others`,
  async run(site: Site): Promise<Outcome> {
    const { router, natsPort, say, instances } = await startLargePlatform(site);
    const to = Math.ceil(INSTANCES * site.scale);
    await say({ verb: 'register', from: 0, to, perSecond: 0 });
    await delay(2000);
    const prober = new Subprocess<RouteProberCalls>(site.bed, PROBER);
    const { registered, unregistered } = await prober.call('probe', {
      natsPort,
      routerPort: router.port,
      backendPort: instances[0]!.port,
      connections: 4,
      routes: Math.ceil(PROBED * site.scale),
    });
    return {
      checks: [
        atMost('p99 from register to routed, on every thread', percentile(registered, 99), 'ms', 20, 3),
        atMost('p99 from unregister to gone, on every thread', percentile(unregistered, 99), 'ms', 20, 3),
      ],
      notes: [
        `Medians ${percentile(registered, 50).toFixed(2)} and ${percentile(unregistered, 50).toFixed(2)} ms, longest ${Math.max(...registered).toFixed(1)} and ${Math.max(...unregistered).toFixed(1)} ms.`,
      ],
    };
  },
};

export const blueGreen: Figure = {
  id: 'L09',
  what: `a route is moved between blue and green ${REMAPS} times under ${PER_SECOND} requests a second`,
  async run(site: Site): Promise<Outcome> {
    const natsPort = await startNats(site);
    const { router, instances } = await startFleet(site, 2, { natsPort });
    router.stopHeartbeats();
    const agents = new Subprocess<PlatformCalls>(site.bed, AGENTS);
    await agents.call('connect', natsPort);
    const messages = instances.map(({ port }) => registrationMessage({ host: HOST, port }));
    await agents.call('publish', { verb: 'unregister', message: messages[0]! });
    const client = new Subprocess<SteadyClientCalls>(site.bed, CLIENT);
    await client.call('start', { port: router.port, perSecond: Math.ceil(PER_SECOND * site.scale) });
    const lingering: number[] = [];
    for (let remap = 0; remap < REMAPS; remap++) {
      const [green, blue] = remap % 2 === 0 ? [0, 1] : [1, 0];
      await agents.call('publish', { verb: 'register', message: messages[green]! });
      await delay(BOTH_MS);
      const at = monotonic();
      await agents.call('publish', { verb: 'unregister', message: messages[blue]! });
      await delay(AFTER_MS);
      const [last] = await instances[blue]!.process.call('servedAt');
      lingering.push(Math.max(0, last! - at));
    }
    const service = await client.call('stop');
    return {
      checks: [
        none('requests failed', sum(service.faults)),
        none('remaps after which blue was asked 50 ms later', lingering.filter((ms) => ms > 50).length),
      ],
      notes: [
        `${service.requests} requests with p99 ${service.p99.toFixed(1)} ms; blue was asked for up to ${Math.max(...lingering).toFixed(1)} ms.`,
        describe(service.faults),
      ].filter((note) => note !== ''),
    };
  },
};
