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
/** They stay: what is counted is what more of them take. */
const FIRST = 1000;
/** Requests over each of those, by which the code is compiled: compilers leave tens of megabytes behind. */
const FIRST_REQUESTS = 8;
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
    const faults = [await open(FIRST)];
    for (let asked = 1; asked < FIRST_REQUESTS; asked++) faults.push(await clients.call('askAgain', AT_ONCE));
    await delay(2000);
    const before = residentBytes(router.daemon.pid);

    site.say(`opening ${count} connections`);
    faults.push(await open(count));
    await delay(3000);
    const perConnection = (residentBytes(router.daemon.pid) - before) / count / 1024;

    site.say(`idle for ${IDLE_SECONDS} s`);
    const cpu = cpuSeconds(router.daemon.pid);
    await delay(IDLE_SECONDS * 1000);
    const busy = ((cpuSeconds(router.daemon.pid) - cpu) / IDLE_SECONDS) * 100;

    site.say('asking over each of them once more');
    faults.push(await clients.call('askAgain', AT_ONCE));
    return {
      checks: [
        atMost('memory per connection', perConnection, 'KiB', 30, 15),
        atMost('of a core while idle', busy, '%', 2),
        none(
          'connections dropped',
          faults.reduce((all, each) => all + sum(each), 0),
        ),
      ],
      notes: faults.map(describe).filter((text) => text !== ''),
    };
  },
};
