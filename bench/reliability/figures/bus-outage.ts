import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE } from '../../bed.ts';
import { CannotStart } from '../../cannot-start.ts';
import { findProgram } from '../../find-program.ts';
import { freePorts } from '../../free-ports.ts';
import { keepRegistered } from '../../registrar.ts';
import { registrationMessage } from '../../running-cellgate.ts';
import { HOST } from '../../target.ts';
import { atLeast, atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { answers, type Fleet, startFleet } from '../fleet.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { logged } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENT = new URL('../processes/steady-client.ts', import.meta.url);
const INSTANCES = 3;
const PER_SECOND = 1000;
/** Seconds. Heartbeats come every two. */
const STALE = 6;
const PRUNE = 1;
const HEARTBEAT = 2;
const OUTAGE = 600;
/** From the bus's return to the whole table. */
const MOST_SYNC = 25;

const TIMES = {
  droplet_stale_threshold: `${STALE}s`,
  prune_stale_droplets_interval: `${PRUNE}s`,
  nats_client_ping_interval: '1s',
};

export const busOutage: Figure = {
  id: 'L16',
  what: `the bus is away for ${OUTAGE / 60} minutes, ${OUTAGE / STALE} times as long as routes live without it, under ${PER_SECOND} GETs a second`,
  async run(site: Site): Promise<Outcome> {
    const { fleet, bus } = await start(site, true);
    const client = new Subprocess<SteadyClientCalls>(site.bed, CLIENT);
    const { port } = fleet.router;
    await client.call('start', { port, perSecond: Math.ceil(PER_SECOND * site.scale) });
    await delay(3000);
    const back = await bus.leave();
    await delay(OUTAGE * 1000 * site.scale);
    await back(fleet);
    const returned = performance.now();
    while (logged(fleet.router, 'nats-connection-reconnected') === 0) await delay(20);
    const synchronised = performance.now() - returned;
    // Longer than a threshold and a round: a mass pruning would show.
    await delay((STALE + 2 * PRUNE + 1) * 1000);
    const service = await client.call('stop');
    return {
      checks: [
        none('requests failed', sum(service.faults)),
        none('routes lost', logged(fleet.router, 'pruned-route')),
        atMost('until the router was on the bus again', synchronised / 1000, 's', MOST_SYNC),
        atLeast('rounds of pruning suspended', logged(fleet.router, 'prune-suspended'), '', 1),
      ],
      notes: [
        `${service.requests} requests with p99 ${service.p99.toFixed(1)} ms.`,
        describe(service.faults),
      ].filter((note) => note !== ''),
    };
  },
};

export const busOutageWithPruning: Figure = {
  id: 'L17',
  what: `the bus is away, and pruning goes on (suspend_pruning_if_nats_unavailable: false)`,
  async run(site: Site): Promise<Outcome> {
    const { fleet, bus } = await start(site, false);
    const { port } = fleet.router;
    await delay(3000);
    const back = await bus.leave();
    const left = performance.now();
    while (await answers(port));
    const gone = (performance.now() - left) / 1000;
    await back(fleet);
    const returned = performance.now();
    while (!(await answers(port)));
    return {
      checks: [
        atLeast('routes stayed, from the last heartbeat on', gone + HEARTBEAT, 's', STALE),
        atMost('routes stayed after the bus', gone, 's', STALE + PRUNE + 1),
        atMost('until they were back', (performance.now() - returned) / 1000, 's', MOST_SYNC),
      ],
      notes: [`droplet_stale_threshold is ${STALE} s, prune_stale_droplets_interval ${PRUNE} s.`],
    };
  },
};

async function start(site: Site, suspend: boolean) {
  const command = findProgram('nats-server');
  if (!command) throw new CannotStart('nats-server is not installed: apt-get install nats-server');
  const [natsPort] = (await freePorts(1)) as [number];
  let run = 0;
  const startServer = () =>
    site.bed.start(`nats-${++run}`, ANY_CORE, command, ['--addr', '127.0.0.1', '--port', String(natsPort)]);
  let server = startServer();
  await delay(500);
  const keys = { ...TIMES, suspend_pruning_if_nats_unavailable: suspend };
  const fleet = await startFleet(site, INSTANCES, { natsPort, keys });
  return {
    fleet,
    bus: {
      /** Kills the server; resolves with what brings it back, and the agents with it. */
      async leave() {
        site.say('kill -9 of the bus');
        process.kill(server.pid, 'SIGKILL');
        while (server.ending() === undefined) await delay(10);
        return async ({ router, instances }: Fleet) => {
          site.say('the bus is back');
          server = startServer();
          const messages = instances.map(({ port }) => registrationMessage({ host: HOST, port }));
          await keepRegistered(router.daemon, natsPort, messages, HEARTBEAT);
        };
      },
    },
  };
}
