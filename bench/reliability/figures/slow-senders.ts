import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../statistics.ts';
import { atLeast, atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { MANNERS, type Manner, type SlowSendersCalls } from '../processes/slow-senders.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { leastShare, ownDescriptors, startRouter } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const SLOW = new URL('../processes/slow-senders.ts', import.meta.url);
const GOOD = new URL('../processes/steady-client.ts', import.meta.url);
const ENDPOINTS = 2;
const COUNT = 5000;
const GOOD_PER_SECOND = 200;
/** Time for answers to be read before the last connection is closed. */
const LINGER_MS = 4000;

/** Seconds after which the router is told to have had enough. */
const DEADLINES: Readonly<Record<Manner, number>> = { head: 5, 'stalled body': 5, 'dripping body': 10 };

export const slowSenders: Figure = {
  id: 'L19',
  what: `${COUNT} clients slow with heads and bodies, 1 byte a second, beside ${GOOD_PER_SECOND} good requests a second`,
  async run(site: Site): Promise<Outcome> {
    const { bed, scale, say } = site;
    const router = await startRouter(site, ENDPOINTS, {
      keys: {
        read_header_timeout: `${DEADLINES.head}s`,
        endpoint_timeout: `${DEADLINES['dripping body']}s`,
        backends: { max_conns: 0 },
      },
      cellgateKeys: { request_idle_timeout: `${DEADLINES['stalled body']}s`, max_connections: 0 },
    });
    const slow = new Subprocess<SlowSendersCalls>(bed, SLOW);
    const good = new Subprocess<SteadyClientCalls>(bed, GOOD);
    const before = await ownDescriptors(router);

    say(`${COUNT} slow clients`);
    await good.call('start', { port: router.port, perSecond: GOOD_PER_SECOND });
    const { gone, answers } = await slow.call('run', { port: router.port, count: Math.round(COUNT * scale) });
    const service = await good.call('stop');
    await delay(LINGER_MS);
    const lateness = MANNERS.map((manner): Check => {
      const late = gone
        .filter((own) => own.manner === manner)
        .map(({ after }) => Math.abs(after / 1000 - DEADLINES[manner]));
      return atMost(
        `farthest from the ${DEADLINES[manner]} s a ${manner} is given`,
        percentile(late, 100),
        's',
        1,
      );
    });
    return {
      checks: [
        ...lateness,
        none('good requests failed', sum(service.faults)),
        atMost('p99 of good requests', service.p99, 'ms', 100),
        atMost('descriptors more than before', (await ownDescriptors(router)) - before, '', 0),
        atLeast('share of the endpoint used least, of an even one', await leastShare(router, 200), '%', 90),
      ],
      notes: [
        `Slow clients were answered: ${describe(answers)}.`,
        `${service.requests} good requests, the slowest in ${service.max.toFixed(1)} ms.`,
        describe(service.faults),
      ].filter((note) => note !== ''),
    };
  },
};
