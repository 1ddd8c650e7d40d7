import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE } from '../../bed.ts';
import { CannotStart } from '../../cannot-start.ts';
import { startCellgate } from '../../running-cellgate.ts';
import { atLeast, atMost, none } from '../checks.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { ROUTES } from '../large-platform.ts';
import { metric } from '../metrics.ts';
import { monotonic } from '../monotonic.ts';
import { startNats } from '../nats.ts';
import type { PlatformCalls } from '../processes/platform.ts';
import { Subprocess } from '../subprocess.ts';

const AGENTS = new URL('../processes/platform.ts', import.meta.url);
const INSTANCES = 100_000;
/** Seconds; `start_response_delay_interval`. */
const DELAY = 10;
const PATIENCE = 30_000;

export const coldStart: Figure = {
  id: 'L07',
  what: `a router starts on a platform of ${INSTANCES} instances with two routes each`,
  async run(site: Site): Promise<Outcome> {
    const natsPort = await startNats(site);
    const agents = new Subprocess<PlatformCalls>(site.bed, AGENTS);
    await agents.call('connect', natsPort);
    const to = Math.ceil(INSTANCES * site.scale);
    await agents.call('awaitStart', { verb: 'register', from: 0, to, perSecond: 0 });
    const keys = { start_response_delay_interval: `${DELAY}s` };
    const router = await startCellgate({
      bed: site.bed,
      cores: ANY_CORE,
      threads: 2,
      registrations: [],
      natsPort,
      keys,
    });
    const deadline = monotonic() + PATIENCE;
    let full = 0;
    let healthyAt = 0;
    let routesWhenHealthy = 0;
    while (full === 0 || healthyAt === 0) {
      const health = await fetch(`http://127.0.0.1:${router.statusPort}/health`).catch(() => null);
      const now = monotonic();
      const routes = await metric(router, 'total_routes').catch(() => 0);
      if (full === 0 && routes >= to * ROUTES) full = monotonic();
      if (healthyAt === 0 && health?.status === 200) {
        healthyAt = now;
        routesWhenHealthy = routes;
      }
      if (now > deadline) throw new CannotStart(`after ${PATIENCE} ms there are ${routes} routes`);
      await delay(20);
    }
    const startedAt = await agents.call('startedAt');
    return {
      checks: [
        atMost('from router.start to the whole table', (full - startedAt) / 1000, 's', 10, 5),
        atLeast('from router.start to a good health', (healthyAt - startedAt) / 1000, 's', DELAY - 1),
        none('routes missing when health was good', to * ROUTES - routesWhenHealthy),
      ],
      notes: [`With start_response_delay_interval: ${DELAY}s; the agents answer router.start all at once.`],
    };
  },
};
