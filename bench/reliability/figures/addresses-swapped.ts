import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, none } from '../checks.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { metric } from '../metrics.ts';
import { monotonic } from '../monotonic.ts';
import { Agents } from '../outages/agents.ts';
import { reasonsOf } from '../outages/failures.ts';
import { MortalBus } from '../outages/mortal-bus.ts';
import { RestartedRouter } from '../outages/restarted-router.ts';
import { Swap } from '../outages/swap.ts';
import { judgeSwap } from '../outages/swap-verdict.ts';
import { Tenancy } from '../outages/tenancy.ts';
import { HEARTBEAT, OUTAGE, outageOf, PRUNE, STALE, TIMES } from '../outages/times.ts';
import { untilServed } from '../outages/until-served.ts';
import type { WitnessesCalls } from '../processes/witnesses.ts';
import { Subprocess } from '../subprocess.ts';

const WITNESSES = new URL('../processes/witnesses.ts', import.meta.url);
const PER_SECOND = 200;
/** Whose instance stays where it is. */
const BYSTANDER = 'bystander.outage.test';
/** Seconds before the bus leaves. */
const QUIET = 15;
/** From then until the addresses are swapped, and until the routers are killed for the first time. */
const SWAPPED = 2;
const FIRST_KILL = 8;
/** Between the announcements of one address and of the other. */
const APART = 5;
/** What a router is given to hear of an announcement that the bus has handed on. */
const HEARD = 0.5;
/** Seconds: the loss of a bus is found a little later. */
const MOST_SHORT = 3;
/** After the last announcement, until every request must be answered, and for how long. */
const SETTLED = 5;
const AFTERWARDS = STALE + 3 * PRUNE;

/** A router, by `suspend_pruning_if_nats_unavailable`. */
interface Watched {
  readonly option: 'unset' | 'true';
  readonly router: RestartedRouter;
  readonly clients: Subprocess<WitnessesCalls>;
}

interface Run {
  readonly site: Site;
  readonly bus: MortalBus;
  readonly verified: Swap;
  readonly plain: Swap;
  readonly routers: readonly Watched[];
}

/** When what happened, `monotonic`. */
interface Times {
  /** The bus left: nobody was announced after that. */
  readonly left: number;
  /** Everybody has been announced again for a while. */
  readonly settled: number;
}

export const addressesSwapped: Figure = {
  id: 'L34',
  what: `two applications swap addresses while the bus is away for ${OUTAGE / 60} minutes, and their routers are killed and started twice`,
  async run(site: Site): Promise<Outcome> {
    const run = await begin(site);
    await delay(QUIET * 1000);
    await run.bus.leave();
    const left = monotonic();
    const ageShort = await passOutage(run, left);
    await comeBack(run);
    await delay(SETTLED * 1000);
    const settled = monotonic();
    await delay(AFTERWARDS * 1000);
    const parts: Outcome[] = [];
    for (const watched of run.routers) parts.push(await judge(run, watched, { left, settled }));
    const scaled = site.scale < 1 ? [`Scaled: ${outageOf(site.scale)} s.`] : [];
    return {
      checks: [
        ...parts.flatMap(({ checks }) => checks),
        atMost('less than the outage that a router said its table was old', ageShort, 's', MOST_SHORT),
      ],
      notes: [...scaled, ...parts.flatMap(({ notes }) => notes)],
    };
  },
};

async function begin(site: Site): Promise<Run> {
  const bus = await MortalBus.start(site);
  const tenancy = await Tenancy.begin(site, new Agents(bus.port, HEARTBEAT));
  const [verified, plain] = [new Swap(tenancy, 'verified', 0), new Swap(tenancy, 'plain', 2)];
  for (const swap of [verified, plain]) await swap.begin();
  // Without anybody else a router that was started again would have nothing to serve, and would wait for the bus.
  const lease = {
    app: BYSTANDER,
    uris: [BYSTANDER],
    address: tenancy.address(4),
    trust: 'verified',
  } as const;
  tenancy.announce(await tenancy.open(lease));
  const asked = [...verified.asked, ...plain.asked, { host: BYSTANDER, app: BYSTANDER }];
  const routers: Watched[] = [];
  for (const option of ['unset', 'true'] as const) {
    const router = await RestartedRouter.make(site, {
      label: `suspend-${option}`,
      natsPort: bus.port,
      keys: {
        ...TIMES,
        ca_certs: [tenancy.authority],
        ...(option === 'true' && { suspend_pruning_if_nats_unavailable: true }),
      },
      // The recommended defaults have the option.
      cellgateKeys: { defaults: 'gorouter' },
    });
    await router.start();
    await untilServed(router.port, asked);
    const clients = new Subprocess<WitnessesCalls>(site.bed, WITNESSES);
    await clients.call('start', { port: router.port, asked, perSecond: PER_SECOND });
    routers.push({ option, router, clients });
  }
  return { site, bus, verified, plain, routers };
}

/**
 * The routers are killed before plain endpoints have been silent for too long, and again when they have. Answers the
 * seconds by which the age that one told of its table was less than the bus had been away.
 */
async function passOutage({ site, verified, plain, routers }: Run, left: number): Promise<number> {
  let ageShort = 0;
  const until = (seconds: number) => delay(Math.max(0, left + seconds * 1000 - monotonic()));
  const outage = outageOf(site.scale);
  await until(SWAPPED);
  for (const swap of [verified, plain]) await swap.exchange();
  site.say('addresses are swapped');
  for (const second of [FIRST_KILL, (outage + STALE) / 2]) {
    await until(second);
    for (const { router } of routers) {
      await router.kill();
      const { health } = await router.start();
      site.say(`started again: ${JSON.stringify(health)}`);
      const away = (monotonic() - left) / 1000;
      ageShort = Math.max(ageShort, away - (await metric(router, 'cellgate_table_age_seconds')));
    }
  }
  await until(outage);
  return ageShort;
}

async function comeBack({ site, bus, verified, plain }: Run): Promise<void> {
  await bus.come();
  for (const which of [0, 1] as const) {
    await delay(APART * 1000);
    for (const swap of [verified, plain]) await swap.announce(which);
    site.say(`announced again: ${which === 0 ? 'one address of each pair' : 'the other one too'}`);
  }
}

async function judge(
  { site, verified, plain }: Run,
  { option, router, clients }: Watched,
  { left, settled }: Times,
): Promise<Outcome> {
  router.lives();
  const { requests, failures, strays } = await clients.call('stop');
  const staleAt = option === 'unset' ? left + (STALE + PRUNE) * 1000 : Number.POSITIVE_INFINITY;
  const heardAt = new Map(Array.from(plain.announcedAt, ([address, at]) => [address, at + HEARD * 1000]));
  const verdict = judgeSwap(strays, { heardAt, staleAt }, (host) => verified.has(host));
  const late = failures.filter(({ from }) => from > settled);
  for (const failure of late.slice(0, 10)) site.say(`${option}: ${JSON.stringify(failure)}`);
  const name = `suspend_pruning_if_nats_unavailable${option === 'unset' ? ' unset' : `: ${option}`}`;
  const checks: Check[] = [
    none(`${name}: wrong answers by verified endpoints`, verdict.verified),
    none(`${name}: wrong answers by plain ones at an address announced again`, verdict.announced),
    none(
      `${name}: wrong answers by plain ones once either address was announced again`,
      verdict.eitherAnnounced,
    ),
  ];
  if (option === 'unset')
    checks.push(none(`${name}: wrong answers by plain ones after the threshold`, verdict.stale));
  checks.push(
    atLeast(`${name}: wrong answers by plain ones before, when nobody could know`, verdict.unknowing, '', 1),
    none(`${name}: requests failed when both were announced again`, late.length),
  );
  const last =
    verdict.unknowing === 0
      ? ''
      : `, the last ${((verdict.lastUnknowing - left) / 1000).toFixed(1)} s after the bus had left`;
  return {
    checks,
    notes: [
      `${name}: ${requests} requests, of which ${verdict.unknowing} went astray when nobody could know${last}; not answered: ${reasonsOf(failures) || 'none'}.`,
    ],
  };
}
