import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds } from '../../cpu-time.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { descriptorLimit, residentBytes } from '../process-state.ts';
import type { IdleClientsCalls } from '../processes/idle-clients.ts';
import { startRouter } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENTS = new URL('../processes/idle-clients.ts', import.meta.url);
const CONNECTIONS = 20_000;
/** How many of each process ask at the same time. */
const AT_ONCE = 50;
/** Descriptors of a router for everything but clients. */
const OTHERS = 300;
const IDLE_SECONDS = 10;
/** Two processes, each with two addresses: no address has ports for all. */
const ADDRESSES = [
  ['127.0.0.2', '127.0.0.3'],
  ['127.0.0.4', '127.0.0.5'],
] as const;

export const idleConnections: Figure = {
  id: 'L01',
  what: `${CONNECTIONS} idle keep-alive connections after a request each`,
  async run(site: Site): Promise<Outcome> {
    const wanted = Math.round(CONNECTIONS * site.scale);
    const count = Math.min(wanted, descriptorLimit() - OTHERS);
    const router = await startRouter(site, 1, { cellgateKeys: { max_connections: 0 } });
    const clients = ADDRESSES.map(() => new Subprocess<IdleClientsCalls>(site.bed, CLIENTS));
    const open = (each: number) =>
      Promise.all(
        clients.map((client, index) =>
          client.call('open', { port: router.port, from: ADDRESSES[index]!, count: each, atOnce: AT_ONCE }),
        ),
      );

    site.say('warming up');
    await open(1000);
    await Promise.all(clients.map((client) => client.call('close')));
    await delay(2000);
    const before = residentBytes(router.daemon.pid);

    site.say(`opening ${count} connections`);
    const refused = await open(count / clients.length);
    await delay(3000);
    const perConnection = (residentBytes(router.daemon.pid) - before) / count / 1024;

    site.say(`idle for ${IDLE_SECONDS} s`);
    const cpu = cpuSeconds(router.daemon.pid);
    await delay(IDLE_SECONDS * 1000);
    const busy = ((cpuSeconds(router.daemon.pid) - cpu) / IDLE_SECONDS) * 100;

    site.say('asking over each of them once more');
    const dropped = await Promise.all(clients.map((client) => client.call('askAgain', AT_ONCE)));
    const failures = [...refused, ...dropped];
    return {
      checks: [
        atMost('memory per connection', perConnection, 'KiB', 16, 6),
        atMost('of a core while idle', busy, '%', 2),
        none(
          'connections dropped',
          failures.reduce((total, faults) => total + sum(faults), 0),
        ),
      ],
      notes: [
        ...(count < wanted ? [`${count} connections: this machine allows no more descriptors.`] : []),
        ...failures.map(describe).filter((text) => text !== ''),
      ],
    };
  },
};
