import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds } from '../../cpu-time.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { residentBytes } from '../process-state.ts';
import type { Http2ClientsCalls } from '../processes/http2-clients.ts';
import { startRouter } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENTS = new URL('../processes/http2-clients.ts', import.meta.url);
const CONNECTIONS = 5000;
const WARM_UP = 1000;
/** How many ask at the same time. */
const AT_ONCE = 50;
const IDLE_SECONDS = 10;
const FROM = ['127.0.0.2', '127.0.0.3'];

export const idleHttp2: Figure = {
  id: 'L02',
  what: `${CONNECTIONS} idle HTTP/2 connections after a request each`,
  async run(site: Site): Promise<Outcome> {
    const count = Math.round(CONNECTIONS * site.scale);
    const router = await startRouter(site, 1, { cellgateKeys: { max_connections: 0, h2c: true } });
    const clients = new Subprocess<Http2ClientsCalls>(site.bed, CLIENTS);
    const open = (connections: number) =>
      clients.call('open', { port: router.port, from: FROM, count: connections, atOnce: AT_ONCE });

    site.say('warming up');
    await open(WARM_UP);
    await clients.call('close');
    await delay(2000);
    const before = residentBytes(router.daemon.pid);

    site.say(`opening ${count} connections`);
    const refused = await open(count);
    await delay(3000);
    const perConnection = (residentBytes(router.daemon.pid) - before) / count / 1024;

    site.say(`idle for ${IDLE_SECONDS} s`);
    const cpu = cpuSeconds(router.daemon.pid);
    await delay(IDLE_SECONDS * 1000);
    const busy = ((cpuSeconds(router.daemon.pid) - cpu) / IDLE_SECONDS) * 100;

    site.say('asking over each of them once more');
    const dropped = await clients.call('askAgain', AT_ONCE);
    return {
      checks: [
        atMost('memory per connection', perConnection, 'KiB', 30, 15),
        atMost('of a core while idle', busy, '%', 2),
        none('connections dropped', sum(refused) + sum(dropped)),
      ],
      notes: [describe(refused), describe(dropped)].filter((text) => text !== ''),
    };
  },
};
