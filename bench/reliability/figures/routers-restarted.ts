import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import { atMost, none } from '../checks.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { metric } from '../metrics.ts';
import { Agents } from '../outages/agents.ts';
import { isUnderWay, reasonsOf } from '../outages/failures.ts';
import { type LoadBalancer, startLoadBalancer } from '../outages/load-balancer.ts';
import { MortalBus } from '../outages/mortal-bus.ts';
import { isFromSnapshot, type Kill, RestartedRouter, type Start } from '../outages/restarted-router.ts';
import { Tenancy, type Trust } from '../outages/tenancy.ts';
import { GRACE, HEARTBEAT, OUTAGE, outageOf, PRUNE, STALE, TIMES } from '../outages/times.ts';
import { untilServed } from '../outages/until-served.ts';
import type { Asked, Testimony, WitnessesCalls } from '../processes/witnesses.ts';
import { Subprocess } from '../subprocess.ts';

const WITNESSES = new URL('../processes/witnesses.ts', import.meta.url);
const ROUTERS = 2;
const APPS = 20;
/** Of each application. */
const INSTANCES = 2;
const PER_SECOND = 500;
const LEAST_PER_SECOND = 100;
/** Seconds before the bus leaves: what the routers know is on disk by then. */
const QUIET = 15;
/** Between a kill and the start after it. */
const DOWN = 5;
/** From a start without a bus to a good health. */
const MOST_START = 3;
/** From the bus's return, for which a router looks every 2 s, until all endpoints have been announced again. */
const MOST_SYNC = 10;
const PATIENCE_MS = 60_000;

type Keys = Readonly<Record<string, unknown>>;

interface Run {
  readonly site: Site;
  readonly bus: MortalBus;
  readonly routers: readonly RestartedRouter[];
  readonly balancer: LoadBalancer;
  readonly clients: Subprocess<WitnessesCalls>;
}

/** What came of the kills. */
interface Restarts {
  readonly kills: readonly Kill[];
  readonly starts: readonly Start[];
  /** Endpoints that were not there after a start. */
  readonly missing: number;
}

export const verifiedRestarts = figureOf('L31', 'verified', {});
export const plainRestarts = figureOf('L32', 'plain', { suspend_pruning_if_nats_unavailable: true });

function figureOf(id: string, trust: Trust, keys: Keys): Figure {
  const option = trust === 'plain' ? ' with suspend_pruning_if_nats_unavailable' : '';
  return {
    id,
    what: `the bus is away for ${OUTAGE / 60} minutes, and both of two routers behind HAProxy are killed and started meanwhile: ${trust} endpoints${option}, ${PER_SECOND} GETs a second`,
    async run(site) {
      const run = await begin(site, trust, keys);
      const { bus, routers, clients } = run;
      await delay(QUIET * 1000);
      await bus.leave();
      const restarts = await restartEach(run);
      const carried = await Promise.all(routers.map((router) => metric(router, 'total_requests')));
      await bus.come();
      site.say('the bus is back');
      const synchronised = await untilAnnounced(routers);
      // Longer than anything is waited for: a mass pruning would show.
      await delay((GRACE + STALE + 3 * PRUNE) * 1000);
      return outcomeOf(run, restarts, carried, synchronised, await clients.call('stop'));
    },
  };
}

async function begin(site: Site, trust: Trust, keys: Keys): Promise<Run> {
  const bus = await MortalBus.start(site);
  const tenancy = await Tenancy.begin(site, new Agents(bus.port, HEARTBEAT));
  const asked: Asked[] = [];
  for (let app = 0; app < APPS; app++) {
    const host = `app-${app}.outage.test`;
    asked.push({ host, app: `app-${app}` });
    for (let each = 0; each < INSTANCES; each++) {
      const address = tenancy.address(app * INSTANCES + each);
      tenancy.announce(await tenancy.open({ app: `app-${app}`, address, uris: [host], trust }));
    }
  }
  const routers: RestartedRouter[] = [];
  for (let each = 0; each < ROUTERS; each++) {
    const router = await RestartedRouter.make(site, {
      label: `router-${each}`,
      natsPort: bus.port,
      keys: { ...TIMES, ca_certs: [tenancy.authority], ...keys },
      // The recommended defaults have the option.
      cellgateKeys: { defaults: 'gorouter' },
    });
    routers.push(router);
    await router.start();
    await untilServed(router.port, asked);
  }
  const balancer = await startLoadBalancer(site, routers);
  await untilServed(balancer.port, asked);
  const clients = new Subprocess<WitnessesCalls>(site.bed, WITNESSES);
  await clients.call('start', { port: balancer.port, asked, perSecond: rateOf(site) });
  return { site, bus, routers, balancer, clients };
}

/** One after the other, spread over the outage. */
async function restartEach({ site, routers }: Run): Promise<Restarts> {
  const part = (outageOf(site.scale) * 1000) / (ROUTERS + 1);
  const kills: Kill[] = [];
  const starts: Start[] = [];
  let missing = 0;
  for (const router of routers) {
    await delay(part - DOWN * 1000);
    kills.push(await router.kill());
    await delay(DOWN * 1000);
    const start = await router.start();
    starts.push(start);
    site.say(`healthy after ${start.seconds.toFixed(2)} s: ${JSON.stringify(start.health)}`);
    missing += APPS * INSTANCES - (await metric(router, 'cellgate_endpoints'));
  }
  await delay(part);
  return { kills, starts, missing };
}

/** Seconds until no router has an endpoint that was not announced again. */
async function untilAnnounced(routers: readonly RestartedRouter[]): Promise<number> {
  const begun = performance.now();
  for (const router of routers) {
    while ((await router.endpoints('ready')) < APPS * INSTANCES) {
      router.lives();
      if (performance.now() - begun > PATIENCE_MS) throw new CannotStart('endpoints are not announced again');
      await delay(50);
    }
  }
  return (performance.now() - begun) / 1000;
}

function outcomeOf(
  { site, routers, balancer }: Run,
  { kills, starts, missing }: Restarts,
  carried: readonly number[],
  synchronised: number,
  { requests, failures, strays, p99 }: Testimony,
): Outcome {
  for (const router of routers) router.lives();
  const others = failures.filter((failure) => !kills.some((kill) => isUnderWay(failure, kill)));
  for (const failure of others.slice(0, 20)) site.say(JSON.stringify(failure));
  const seconds = Math.max(...starts.map((start) => start.seconds));
  const unsaid = starts.filter((start) => !isFromSnapshot(start)).length;
  const pruned = routers.reduce((sum, router) => sum + router.logged('pruned-route'), 0);
  return {
    checks: [
      none('requests failed beyond those in flight at a kill', others.length),
      none('requests that another application answered', strays.length),
      atMost('from a start without the bus to a good health', seconds, 's', MOST_START),
      none('such starts whose health did not name the snapshot', unsaid),
      none('endpoints missing after them', missing),
      none('routers started so that carried nothing', carried.filter((count) => count === 0).length),
      atMost('from the return of the bus until all were announced again', synchronised, 's', MOST_SYNC),
      none('routes pruned', pruned),
    ],
    notes: [
      ...(site.scale < 1 ? [`Scaled: ${outageOf(site.scale)} s, ${rateOf(site)} GETs a second.`] : []),
      `${requests} requests with p99 ${p99.toFixed(1)} ms; ${failures.length - others.length} of those in flight at a kill failed. HAProxy made ${balancer.madeAgain()} again.`,
      reasonsOf(failures),
    ].filter((note) => note !== ''),
  };
}

function rateOf({ scale }: Site): number {
  return Math.max(LEAST_PER_SECOND, Math.ceil(PER_SECOND * scale));
}
