import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseStat, TICKS_PER_SECOND } from '../../cpu-time.ts';
import { median } from '../../statistics.ts';
import { atMost, none } from '../checks.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { ROUTES } from '../large-platform.ts';
import { metric, untilAtLeast } from '../metrics.ts';
import { monotonic } from '../monotonic.ts';
import { Agents } from '../outages/agents.ts';
import { reasonsOf } from '../outages/failures.ts';
import { MortalBus } from '../outages/mortal-bus.ts';
import { RestartedRouter } from '../outages/restarted-router.ts';
import { Tenancy, type Tenant } from '../outages/tenancy.ts';
import { untilServed } from '../outages/until-served.ts';
import { WatchedSnapshot, type Window } from '../outages/watched-snapshot.ts';
import type { PlatformCalls } from '../processes/platform.ts';
import type { WitnessesCalls } from '../processes/witnesses.ts';
import { Subprocess } from '../subprocess.ts';

const script = (name: string) => new URL(`../processes/${name}.ts`, import.meta.url);

const INSTANCES = 100_000;
const LEAST_INSTANCES = 1000;
/** Seconds: nothing but what is measured is to be written, and nobody is to grow stale for that. */
const HEARTBEAT = 3600;
const KEYS = { droplet_stale_threshold: `${HEARTBEAT}s` };
const PER_SECOND = 300;
/** Times that the table is written without requests, for its CPU, and under them; and times it is restored. */
const WRITES = 3;
const WRITES_UNDER_LOAD = 10;
const RESTARTS = 3;
/** Seconds: longer than the least time between two writings. */
const PAUSE = 6;
const QUIET = 12;

interface Run {
  readonly site: Site;
  readonly bus: MortalBus;
  readonly tenancy: Tenancy;
  readonly tenant: Tenant;
  readonly router: RestartedRouter;
  readonly snapshot: WatchedSnapshot;
  readonly routes: number;
}

export const largeSnapshot: Figure = {
  id: 'L35',
  what: `a table of ${INSTANCES * ROUTES} routes is written, and restored without a bus`,
  async run(site: Site): Promise<Outcome> {
    const run = await begin(site);
    const costs = await writeAlone(run);
    const served = await writeUnderLoad(run);
    const { seconds, cpu, missing } = await restore(run);
    return {
      checks: [
        atMost('CPU of a writing', median(costs), 's', 1),
        atMost('p99 of requests while it is written, of that when quiet', served.ratio, '×', 2),
        none('requests failed', served.failed),
        atMost('from a start until it is restored and serves', median(seconds), 's', 3),
        none('endpoints missing then', missing),
      ],
      notes: [
        ...(site.scale < 1 ? [`Scaled: ${run.routes} routes.`] : []),
        `The file has ${(run.snapshot.bytes / 1e6).toFixed(1)} MB. CPU of each writing: ${listed(costs)} s. Starts: ${listed(seconds)} s with ${listed(cpu)} s of CPU.`,
        served.note,
      ],
    };
  },
};

async function begin(site: Site): Promise<Run> {
  const bus = await MortalBus.start(site);
  const tenancy = await Tenancy.begin(site, new Agents(bus.port, HEARTBEAT));
  const router = await RestartedRouter.make(site, { label: 'router', natsPort: bus.port, keys: KEYS });
  await router.start();
  const instances = Math.max(LEAST_INSTANCES, Math.ceil(INSTANCES * site.scale));
  const agents = new Subprocess<PlatformCalls>(site.bed, script('platform'));
  await agents.call('connect', bus.port);
  await agents.call('say', { verb: 'register', from: 0, to: instances, perSecond: 0 });
  const lease = { app: 'app', address: tenancy.address(0), uris: [hostOf(0)], trust: 'plain' } as const;
  const tenant = await tenancy.open(lease);
  tenancy.announce(tenant);
  const routes = instances * ROUTES;
  await untilAtLeast(router, 'total_routes', routes + 1);
  await untilServed(router.port, [{ host: hostOf(0), app: 'app' }]);
  // What all this had written is on disk.
  await delay(2 * QUIET * 1000);
  return { site, bus, tenancy, tenant, router, snapshot: new WatchedSnapshot(router.folder), routes };
}

/** CPU seconds of each writing, beyond those of the same time when nothing happens. */
async function writeAlone(run: Run): Promise<number[]> {
  const { site, router } = run;
  const { pid } = router.daemon;
  const begun = ticksOf(pid);
  await delay(PAUSE * 1000);
  const idle = (ticksOf(pid) - begun) / PAUSE;
  const costs: number[] = [];
  for (let each = 1; each <= WRITES; each++) {
    const [before, since] = [ticksOf(pid), monotonic()];
    const { from, to } = await change(run, each);
    // What is left to do after the new name, such as collecting garbage.
    await delay(1000);
    const ticks = ticksOf(pid) - before - (idle * (monotonic() - since)) / 1000;
    costs.push(ticks / TICKS_PER_SECOND);
    site.say(`written within ${(to - from).toFixed(0)} ms with ${costs.at(-1)!.toFixed(2)} s of CPU`);
    await delay(PAUSE * 1000);
  }
  return costs;
}

async function writeUnderLoad(run: Run): Promise<{ ratio: number; failed: number; note: string }> {
  const { site, router } = run;
  const clients = new Subprocess<WitnessesCalls>(site.bed, script('witnesses'));
  const asked = [{ host: hostOf(0), app: 'app' }];
  await clients.call('start', { port: router.port, asked, perSecond: PER_SECOND });
  await delay(PAUSE * 1000);
  const quiet: Window[] = [{ from: monotonic(), to: monotonic() + QUIET * 1000 }];
  await delay(QUIET * 1000);
  const writings: Window[] = [];
  for (let each = 1; each <= WRITES_UNDER_LOAD; each++) {
    writings.push(await change(run, WRITES + each));
    await delay(PAUSE * 1000);
  }
  const { requests, failures } = await clients.call('stop');
  const [calm, busy] = [await clients.call('within', quiet), await clients.call('within', writings)];
  return {
    ratio: busy.p99 / calm.p99,
    failed: failures.length,
    note: `${requests} requests, ${busy.requests} of them while the table was written, with p99 ${busy.p99.toFixed(1)} ms (quiet ${calm.p99.toFixed(1)} ms). ${reasonsOf(failures)}`,
  };
}

/** Another route of the same endpoint; resolves with the time in which the table was written. */
function change({ tenancy, tenant, snapshot }: Run, number: number): Promise<Window> {
  tenancy.announce({ ...tenant, uris: [hostOf(0), hostOf(number)] });
  return snapshot.written();
}

/** The seconds that each start took, without a bus. */
async function restore({ site, bus, router, routes }: Run) {
  await bus.leave();
  const seconds: number[] = [];
  const cpu: number[] = [];
  let missing = 0;
  for (let each = 0; each < RESTARTS; each++) {
    await router.kill();
    const begun = performance.now();
    const { health } = await router.start();
    await untilServed(router.port, [{ host: hostOf(0), app: 'app' }]);
    seconds.push((performance.now() - begun) / 1000);
    cpu.push(ticksOf(router.daemon.pid) / TICKS_PER_SECOND);
    site.say(`served after ${seconds.at(-1)!.toFixed(2)} s: ${JSON.stringify(health)}`);
    missing += Math.max(0, routes + 1 - (await metric(router, 'cellgate_endpoints')));
    await delay(PAUSE * 1000);
  }
  return { seconds, cpu, missing };
}

function ticksOf(pid: number): number {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).ticks;
}

function hostOf(number: number): string {
  return `asked-${number}.outage.test`;
}

function listed(values: readonly number[]): string {
  return values.map((value) => value.toFixed(2)).join(', ');
}
