import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../statistics.ts';
import { atLeast, atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { monotonic } from '../monotonic.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { MANNERS, type StormClientsCalls } from '../processes/storm-clients.ts';
import { leastShare, logged, ownDescriptors, startRouter } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const STORM = new URL('../processes/storm-clients.ts', import.meta.url);
const GOOD = new URL('../processes/steady-client.ts', import.meta.url);
const PER_SECOND = 1000;
const SECONDS = 10;
/** In which all that is to be closed is closed. */
const SETTLE_MS = 3000;
const ENDPOINTS = 4;
const GOOD_PER_SECOND = 100;

export const disconnectStorm: Figure = {
  id: 'L15',
  what: `${PER_SECOND} clients a second go away in the middle of a response, for ${SECONDS} s`,
  async run(site: Site): Promise<Outcome> {
    const router = await startRouter(site, ENDPOINTS, { keys: { backends: { max_conns: 0 } } });
    const { bed, scale, say } = site;
    const storm = new Subprocess<StormClientsCalls>(bed, STORM);
    const good = new Subprocess<SteadyClientCalls>(bed, GOOD);
    await delay(SETTLE_MS);
    const descriptors = await ownDescriptors(router);
    await good.call('start', { port: router.port, perSecond: GOOD_PER_SECOND });

    say(`${PER_SECOND} clients a second for ${SECONDS} s`);
    const perSecond = Math.ceil(PER_SECOND * scale);
    const { left, faults } = await storm.call('run', { port: router.port, perSecond, seconds: SECONDS });
    const service = await good.call('stop');
    await delay(SETTLE_MS);
    const descriptorsAfter = await ownDescriptors(router);
    const ended = new Map(await router.origin.call('ended'));
    const now = monotonic();
    const delays = MANNERS.map((manner): Check => {
      const times = left
        .filter(([, , own]) => own === manner)
        .map(([token, at]) => (ended.get(token) ?? now) - at);
      return atMost(
        `last connection of a backend closed after: ${manner}`,
        percentile(times, 100),
        'ms',
        1000,
      );
    });
    return {
      checks: [
        ...delays,
        none('clients that got no response', sum(faults)),
        none('failures of endpoints logged', logged(router, 'backend-endpoint-failed')),
        atLeast('share of the endpoint used least, of an even one', await leastShare(router, 400), '%', 90),
        atMost('descriptors more than before', descriptorsAfter - descriptors, '', 0),
        none('failures of other requests meanwhile', sum(service.faults)),
      ],
      notes: [
        `${left.length} clients; ${service.requests} other requests with p99 ${service.p99.toFixed(1)} ms.`,
        describe(faults),
        describe(service.faults),
      ].filter((note) => note !== ''),
    };
  },
};
