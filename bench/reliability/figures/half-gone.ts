import { setTimeout as delay } from 'node:timers/promises';
import { atMost, none } from '../checks.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { monotonic } from '../monotonic.ts';
import { Agents } from '../outages/agents.ts';
import { departuresOf, type Sighting } from '../outages/departures.ts';
import { reasonsOf } from '../outages/failures.ts';
import { MortalBus } from '../outages/mortal-bus.ts';
import { RestartedRouter } from '../outages/restarted-router.ts';
import { Tenancy, type Tenant } from '../outages/tenancy.ts';
import { GRACE, HEARTBEAT, OUTAGE, outageOf, STALE, TIMES } from '../outages/times.ts';
import { untilServed } from '../outages/until-served.ts';
import type { Asked, Testimony, WitnessesCalls } from '../processes/witnesses.ts';
import { Subprocess } from '../subprocess.ts';

const WITNESSES = new URL('../processes/witnesses.ts', import.meta.url);
/** Each endpoint has a route of its own, and one with another: of such a pair one stays and one goes. */
const PAIRS = 100;
const ENDPOINTS = 2 * PAIRS;
const PER_SECOND = 100;
/** Seconds before the bus leaves, and after the last of the gone has gone. */
const QUIET = 15;
const LOOK = 0.5;
/** Share of all endpoints: when more would go, they go slowly. */
const CLIFF = 0.3;
/** Per cent of all endpoints, in 10 s. */
const MOST_IN_TEN_SECONDS = 5;
/** Seconds from the bus's return until none of the gone is left: as if all of them went so slowly. */
const MOST_UNTIL_GONE = GRACE + STALE + (50 / MOST_IN_TEN_SECONDS) * 10;

/** A router, and what is seen of it. */
class Observed {
  readonly name: string;
  readonly router: RestartedRouter;
  readonly clients: Subprocess<WitnessesCalls>;
  /** Seconds since the bus came back. */
  readonly sightings: Sighting[] = [];
  /** Of the endpoints that stay: how many were missing, at most. */
  missing = 0;

  constructor(site: Site, name: string, router: RestartedRouter) {
    this.name = name;
    this.router = router;
    this.clients = new Subprocess(site.bed, WITNESSES);
  }

  async look(since: number): Promise<void> {
    const routes = await this.router.routes();
    const isThere = (host: string) => (routes[host]?.length ?? 0) > 0;
    const at = (monotonic() - since) / 1000;
    this.sightings.push({ at, left: PAIR_NUMBERS.filter((pair) => isThere(ownHost(pair, 'goes'))).length });
    const staying = PAIR_NUMBERS.filter((pair) => isThere(ownHost(pair, 'stays'))).length;
    this.missing = Math.max(this.missing, PAIRS - staying);
  }
}

const PAIR_NUMBERS = Array.from({ length: PAIRS }, (_, pair) => pair);

/** Those that stay, alone and beside one that goes. */
const ASKED: readonly Asked[] = PAIR_NUMBERS.flatMap((pair) =>
  [ownHost(pair, 'stays'), pairHost(pair)].map((host) => ({ host, app: `app-${pair}` })),
);

export const halfGone: Figure = {
  id: 'L33',
  what: `the bus is away for ${OUTAGE / 60} minutes, and half of the cells do not come back: ${ENDPOINTS} plain endpoints with suspend_pruning_if_nats_unavailable`,
  async run(site: Site): Promise<Outcome> {
    const bus = await MortalBus.start(site);
    const tenancy = await Tenancy.begin(site, new Agents(bus.port, HEARTBEAT));
    const gone = await settle(tenancy);
    const steady = await observe(site, bus, 'a router that went on');
    const restarted = await observe(site, bus, 'a router that was started again');
    await startLoad(steady);
    await delay(QUIET * 1000);
    const part = (outageOf(site.scale) * 1000) / 3;
    await bus.leave();
    for (const tenant of gone) tenancy.silence(tenant);
    await delay(part);
    await restarted.router.kill();
    await restarted.router.start();
    await startLoad(restarted);
    await delay(part);
    for (const tenant of gone) await tenancy.close(tenant);
    site.say(`${gone.length} instances are gone`);
    await delay(part);
    await bus.come();
    site.say('the bus is back');
    await watch(site, [steady, restarted]);
    await delay(QUIET * 1000);
    return outcomeOf(
      site,
      [steady, restarted],
      [await steady.clients.call('stop'), await restarted.clients.call('stop')],
    );
  },
};

/** Answers those that are to go. */
async function settle(tenancy: Tenancy): Promise<Tenant[]> {
  const gone: Tenant[] = [];
  for (const pair of PAIR_NUMBERS) {
    for (const [each, fate] of (['stays', 'goes'] as const).entries()) {
      const uris = [ownHost(pair, fate), pairHost(pair)];
      const address = tenancy.address(2 * pair + each);
      const tenant = await tenancy.open({ app: `app-${pair}`, address, uris, trust: 'plain' });
      tenancy.announce(tenant);
      if (fate === 'goes') gone.push(tenant);
    }
  }
  return gone;
}

async function observe(site: Site, bus: MortalBus, name: string): Promise<Observed> {
  const router = await RestartedRouter.make(site, {
    label: name.replaceAll(' ', '-'),
    natsPort: bus.port,
    keys: { ...TIMES, suspend_pruning_if_nats_unavailable: true },
  });
  await router.start();
  await untilServed(router.port, ASKED);
  return new Observed(site, name, router);
}

async function startLoad({ router, clients }: Observed): Promise<void> {
  await clients.call('start', { port: router.port, asked: ASKED, perSecond: PER_SECOND });
}

/** Until none of the gone is left, or for as long as that may take. */
async function watch(site: Site, routers: readonly Observed[]): Promise<void> {
  const since = monotonic();
  for (let left = PAIRS; left > 0 && monotonic() - since < MOST_UNTIL_GONE * 1000; ) {
    for (const observed of routers) await observed.look(since);
    const now = routers.map(({ sightings }) => sightings.at(-1)!.left);
    if (Math.max(...now) < left) site.say(`${sinceText(since)}: ${now.join(' and ')} of the gone are left`);
    left = Math.max(...now);
    await delay(LOOK * 1000);
  }
}

function outcomeOf(site: Site, routers: readonly Observed[], testimonies: readonly Testimony[]): Outcome {
  const checks: Check[] = [];
  const notes: string[] = [];
  for (const [at, { name, router, sightings, missing }] of routers.entries()) {
    router.lives();
    const { requests, failures, strays, p99 } = testimonies[at]!;
    for (const failure of failures.slice(0, 10)) site.say(`${name}: ${JSON.stringify(failure)}`);
    const { first, last, slowRate, largestStep } = departuresOf(sightings, ENDPOINTS, CLIFF);
    const left = sightings.at(-1)!.left;
    checks.push(
      none(`${name}: requests failed`, failures.length + strays.length),
      none(`${name}: endpoints missing that were announced`, missing),
      none(`${name}: endpoints left of those that were not`, left),
      atMost(
        `${name}: endpoints gone in 10 s while more than ${CLIFF * 100} % were to go`,
        slowRate,
        '%',
        MOST_IN_TEN_SECONDS,
      ),
      atMost(`${name}: endpoints gone at once meanwhile`, largestStep, '%', MOST_IN_TEN_SECONDS),
    );
    notes.push(
      `${name}: ${requests} requests with p99 ${p99.toFixed(1)} ms; the first went ${seconds(first)} after the bus had come back, the last ${seconds(last)}.`,
      reasonsOf(failures),
    );
  }
  if (site.scale < 1) notes.unshift(`Scaled: ${outageOf(site.scale)} s.`);
  return { checks, notes: notes.filter((note) => note !== '') };
}

function seconds(time: number | null): string {
  return time === null ? 'not at all' : `${time.toFixed(1)} s`;
}

function sinceText(since: number): string {
  return `${((monotonic() - since) / 1000).toFixed(1)} s`;
}

function ownHost(pair: number, fate: 'stays' | 'goes'): string {
  return `own-${pair}.${fate}.outage.test`;
}

function pairHost(pair: number): string {
  return `pair-${pair}.outage.test`;
}
