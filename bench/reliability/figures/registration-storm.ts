import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { startLargePlatform } from '../large-platform.ts';
import { firstThreadSeconds, residentBytes } from '../process-state.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { logged } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENT = new URL('../processes/steady-client.ts', import.meta.url);
const INSTANCES = 100_000;
const REQUESTS_PER_SECOND = 500;
const QUIET_SECONDS = 20;
const STORM_PER_SECOND = 20_000;
const STORM_SECONDS = 60;
const HEARTBEATS_PER_SECOND = 5000;
const HEARTBEAT_SECONDS = 20;

export const registrationStorm: Figure = {
  id: 'L05',
  what: `${STORM_PER_SECOND} registrations a second for ${STORM_SECONDS} s, of ${INSTANCES} instances with two routes each`,
  async run(site: Site): Promise<Outcome> {
    const { router, agents, say } = await startLargePlatform(site);
    const { port, daemon } = router;
    const client = new Subprocess<SteadyClientCalls>(site.bed, CLIENT);
    const load = { port, perSecond: REQUESTS_PER_SECOND };
    await client.call('start', load);
    await delay(QUIET_SECONDS * 1000 * site.scale);
    const quiet = await client.call('stop');
    site.say(`quiet: p99 ${quiet.p99.toFixed(1)} ms`);

    await client.call('start', load);
    const before = firstThreadSeconds(daemon.pid);
    const everything = { verb: 'register', from: 0, to: INSTANCES, perSecond: STORM_PER_SECOND } as const;
    setTimeout(() => void agents.call('stop'), STORM_SECONDS * 1000 * site.scale);
    const begun = performance.now();
    const said = await say({ ...everything, endless: true });
    const late = (performance.now() - begun) / 1000 - said.seconds;
    const cpu = firstThreadSeconds(daemon.pid) - before;
    const storm = await client.call('stop');
    const complaints = logged(router, 'nats-error') + logged(router, 'nats-connection-disconnected');
    return {
      checks: [
        atMost('p99 of requests, of that when quiet', storm.p99 / quiet.p99, '×', 2),
        none('requests failed', sum(storm.faults) + sum(quiet.faults)),
        none('complaints of the bus (slow consumer), and disconnections', complaints),
        atMost('until the last registration was taken in', late, 's', 1),
      ],
      notes: [
        `${said.messages} messages, ${(said.messages / said.seconds).toFixed(0)} a second, ${((cpu * 1e6) / said.messages).toFixed(1)} µs CPU of the control thread each.`,
        `Of ${storm.requests} requests p99 ${storm.p99.toFixed(1)} ms, the slowest ${storm.max.toFixed(0)} ms; when quiet ${quiet.p99.toFixed(1)} and ${quiet.max.toFixed(0)} ms.`,
        `${(residentBytes(daemon.pid) / 1e6).toFixed(0)} MB resident afterwards.`,
        describe(storm.faults),
      ].filter((note) => note !== ''),
    };
  },
};

export const heartbeats: Figure = {
  id: 'L06',
  what: `${HEARTBEATS_PER_SECOND} heartbeats a second, of ${INSTANCES} instances`,
  async run(site: Site): Promise<Outcome> {
    const { router, say } = await startLargePlatform(site);
    const { daemon } = router;
    const everything = { verb: 'register', from: 0, to: INSTANCES } as const;
    const registering = firstThreadSeconds(daemon.pid);
    await say({ ...everything, perSecond: 0 });
    const registered = firstThreadSeconds(daemon.pid);
    await delay(2000);
    const before = firstThreadSeconds(daemon.pid);
    const count = HEARTBEATS_PER_SECOND * HEARTBEAT_SECONDS * site.scale;
    const { messages, seconds } = await say({
      ...everything,
      to: Math.ceil(count),
      perSecond: HEARTBEATS_PER_SECOND,
    });
    const cpu = firstThreadSeconds(daemon.pid) - before;
    return {
      checks: [
        atMost('of a core', (cpu * 100) / seconds, '%', 10, 4),
        atMost('CPU per heartbeat', (cpu * 1e6) / messages, 'µs', 20, 4),
        atMost('CPU per first registration', ((registered - registering) * 1e6) / INSTANCES, 'µs', 91, 20),
      ],
      notes: [`Of the control thread, log lines of level info included.`],
    };
  },
};
