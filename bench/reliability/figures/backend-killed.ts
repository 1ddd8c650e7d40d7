import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { startFleet } from '../fleet.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENT = new URL('../processes/steady-client.ts', import.meta.url);
const INSTANCES = 3;
const GETS_PER_SECOND = 1000;
const POSTS_PER_SECOND = 100;
/** How long a POST takes, so that some are under way when the instance is killed. Milliseconds. */
const POST_TAKES = 50;
const BEFORE_MS = 3000;
const AFTER_MS = 7000;

export const backendKilled: Figure = {
  id: 'L11',
  what: `one of ${INSTANCES} instances is killed under ${GETS_PER_SECOND} GETs and ${POSTS_PER_SECOND} POSTs a second`,
  async run(site: Site): Promise<Outcome> {
    const { bed, scale, say } = site;
    const { router, instances } = await startFleet(site, INSTANCES, {});
    const journals = instances.map((_, index) => bed.write(`posts-${index}`, ''));
    for (const [index, { process }] of instances.entries()) await process.call('journal', journals[index]!);
    const gets = new Subprocess<SteadyClientCalls>(bed, CLIENT);
    const posts = new Subprocess<SteadyClientCalls>(bed, CLIENT);
    const { port } = router;
    await gets.call('start', { port, perSecond: Math.ceil(GETS_PER_SECOND * scale) });
    const perSecond = Math.ceil(POSTS_PER_SECOND * scale);
    await posts.call('start', { port, perSecond, post: true, late: POST_TAKES });
    await delay(BEFORE_MS);
    say('kill -9');
    instances[0]!.process.signal('SIGKILL');
    await delay(AFTER_MS);
    const served = await gets.call('stop');
    const posted = await posts.call('stop');

    const lines = journals.map((path) => readFileSync(path, 'utf8').split('\n'));
    const arrived = lines.flat().filter((line) => line !== '' && !line.startsWith('+'));
    const [killed] = lines as [string[], ...string[][]];
    const answered = killed.filter((line) => line.startsWith('+')).length;
    const underWay = killed.filter((line) => line !== '').length - 2 * answered;
    const badGateway = posted.faults['502 endpoint_failure'] ?? 0;
    return {
      checks: [
        none('GETs failed', sum(served.faults)),
        atMost('p99.9 of GETs', served.p999, 'ms', 1000),
        atMost(
          'POSTs failed beyond those the killed instance had not answered',
          sum(posted.faults) - underWay,
          '',
          0,
        ),
        none('POSTs that failed otherwise than with 502', sum(posted.faults) - badGateway),
        none('POSTs that arrived twice', arrived.length - new Set(arrived).size),
      ],
      notes: [
        `${served.requests} GETs with p99 ${served.p99.toFixed(1)} ms, ${posted.requests} POSTs; ${underWay} of these were under way at the killed instance.`,
        describe(served.faults),
        describe(posted.faults),
      ].filter((note) => note !== ''),
    };
  },
};
