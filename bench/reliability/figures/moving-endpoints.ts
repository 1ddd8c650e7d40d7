import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../free-ports.ts';
import { atLeast, atMost, none } from '../checks.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { metric } from '../metrics.ts';
import { Account, memoryGrowth } from '../moves/account.ts';
import { Announced, differences } from '../moves/announced.ts';
import { Applications, appsOf, hostsOf } from '../moves/applications.ts';
import { Bystanders } from '../moves/bystanders.ts';
import { Ledger } from '../moves/ledger.ts';
import { type MortalRouter, startMortalRouter } from '../moves/mortal-router.ts';
import { MovingPlatform, WINDOW_MS } from '../moves/moving-platform.ts';
import { type Size, sizeOf, strikesOf, WHOLE } from '../moves/size.ts';
import { startNats } from '../nats.ts';
import { residentBytes } from '../process-state.ts';
import type { AnnouncerCalls } from '../processes/announcer.ts';
import type { TenantsCalls } from '../processes/tenants.ts';
import type { WaryClientsCalls } from '../processes/wary-clients.ts';
import { logged } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const HOSTS = 40;
const ADDRESSES = 60;
const BYSTANDERS = 2000;
/** Requests a second, besides those of what is about to move. */
const REQUESTS = 300;
/** Changes of bystanders a second. */
const CHANGES = 100;
/** Seconds. A heartbeat of each endpoint comes every second or two. */
const STALE = 10;
const PRUNE = 2;
/** From the last move until nobody should feel it any more, and from there until nothing more is to change. Seconds. */
const SETTLING = 4;
const QUIET = STALE + 2 * PRUNE;
const PROGRESS_SECONDS = 10;
/** Of a run that is shorter half is warming up. */
const LEAST_FOR_MEMORY = 120;

/** Whatever a run needs, and what it finds. */
interface Run {
  readonly site: Site;
  readonly size: Size;
  readonly router: MortalRouter;
  readonly announcer: Subprocess<AnnouncerCalls>;
  readonly clients: Subprocess<WaryClientsCalls>;
  readonly platform: MovingPlatform;
  readonly ledger: Ledger;
  readonly announced: Announced;
  readonly account: Account;
  /** Of the router, each second, in MB. */
  readonly resident: number[];
}

export const movingEndpoints: Figure = {
  id: 'L23',
  what: `endpoints of ${HOSTS} hosts move between applications for ${WHOLE.seconds / 60} minutes, at ${WHOLE.messages} messages a second, while ${WHOLE.killed} threads are killed`,
  async run(site: Site): Promise<Outcome> {
    const run = await begin(site);
    const { size, announcer, clients, platform, account } = run;
    const end = performance.now() + size.seconds * 1000;
    await Promise.all([platform.run(end, CHANGES), strike(run), watch(run, end)]);
    const { messages, seconds } = await announcer.call('rate');
    await delay(SETTLING * 1000);
    account.add(await clients.call('look'));

    site.say(`nothing moves for ${QUIET} s`);
    await delay(QUIET * 1000);
    await clients.call('stop');
    const quiet = new Account();
    quiet.add(await clients.call('look'));
    return outcomeOf(run, quiet, messages / seconds);
  },
};

async function begin(site: Site): Promise<Run> {
  const size = sizeOf(site.scale);
  const natsPort = await startNats(site);
  const router = await startMortalRouter(site, natsPort, {
    droplet_stale_threshold: `${STALE}s`,
    prune_stale_droplets_interval: `${PRUNE}s`,
  });
  const [port] = await freePorts(1);
  const script = (name: string) => new URL(`../processes/${name}.ts`, import.meta.url);
  const announcer = new Subprocess<AnnouncerCalls>(site.bed, script('announcer'));
  const clients = new Subprocess<WaryClientsCalls>(site.bed, script('wary-clients'));
  const tenants = new Subprocess<TenantsCalls>(site.bed, script('tenants'));
  const ledger = new Ledger(WINDOW_MS);
  const announced = new Announced(STALE);
  const random = Math.random;
  const applications = new Applications(appsOf(HOSTS), random);
  const bystanders = new Bystanders(BYSTANDERS, random);
  const platform = new MovingPlatform(
    { announcer, clients, tenants, ledger, announced, random, applications, bystanders },
    Array.from({ length: ADDRESSES }, (_, each) => `127.0.1.${each + 1}:${port}`),
  );
  await announcer.call('connect', natsPort);
  await platform.arrive();
  await announcer.call('start', size.messages);
  await delay(WINDOW_MS);
  const hosts = Array.from({ length: appsOf(HOSTS) }, (_, app) => hostsOf(app)).flat();
  await clients.call('start', { port: router.port, hosts, perSecond: REQUESTS });
  const account = new Account();
  return {
    site,
    size,
    router,
    announcer,
    clients,
    platform,
    ledger,
    announced,
    account,
    resident: [],
  };
}

async function strike({ site, size, router }: Run): Promise<void> {
  const strikes = strikesOf(size);
  const pause = (size.seconds * 1000) / (strikes.length + size.stuck + 1);
  for (const how of strikes) {
    await delay(pause);
    await router.strike(how);
    site.say(how === 'kill' ? 'a thread is killed' : 'a thread is made to stand still');
    // Until it has been found, the other one is all there is.
    if (how === 'stick') await delay(pause);
  }
}

async function watch({ site, router, clients, account, resident }: Run, end: number): Promise<void> {
  for (let second = 1; performance.now() < end; second++) {
    await delay(1000);
    router.lives();
    resident.push(residentBytes(router.daemon.pid) / 1e6);
    account.add(await clients.call('look'));
    if (second % PROGRESS_SECONDS > 0) continue;
    const { answers, failed, strange } = account;
    const memory = resident.at(-1)!.toFixed(0);
    site.say(
      `${second} s: ${answers.length} answers, ${failed} failures, ${strange.length} strange, ${memory} MB`,
    );
  }
}

async function outcomeOf(run: Run, quiet: Account, perSecond: number): Promise<Outcome> {
  const { site, size, router, platform, ledger, announced, account, resident } = run;
  router.lives();
  const routes = differences(await router.routes(), announced.routes());
  const during = account.judge(ledger);
  const after = quiet.judge(ledger);
  const strange = [...account.strange, ...quiet.strange];
  for (const line of [...during.wrong, ...after.wrong, ...strange, ...routes].slice(0, 20)) site.say(line);
  const wrong = (verdict: keyof typeof during.counts) => during.counts[verdict] + after.counts[verdict];
  const { growth, bound } = memoryGrowth(resident);
  const isLong = size.seconds >= LEAST_FOR_MEMORY;
  const struck = size.killed + size.stuck;
  const { requests, pinned, inSessions, failed, reasons } = account;
  const moves = Object.entries(platform.moves).map(([move, count]) => `${count} ${move}`);
  return {
    checks: [
      none('answers by a wrong application', wrong('wrong application')),
      none('the same, while the router could not know yet', wrong('in the window')),
      none('answers by an instance that had not the route', wrong('wrong instance')),
      none('answers by an instance other than the one pinned', wrong('not the one pinned')),
      none("answers with another request's bytes", strange.length),
      none('failures when nothing moved any more', quiet.failed),
      none('routes that /routes shows otherwise than they were announced', routes.length),
      none('threads found with another table', await metric(router, 'cellgate_table_differences_total')),
      none('panics', await metric(router, 'cellgate_panics_total')),
      none('threads that ended of themselves', Math.abs(logged(router, 'proxy-thread-exited') - struck)),
      ...(isLong
        ? [atMost('median memory of the last minute beyond that of the second', growth, 'MB', bound)]
        : []),
      atLeast('messages', perSecond, 'per second', size.messages * 0.95),
      atLeast('requests that did not fail', ((requests - failed) * 100) / requests, '%', 80),
    ],
    notes: [
      ...(site.scale < 1
        ? [`Scaled: ${size.seconds} s, ${size.messages} messages a second, ${size.killed} threads killed.`]
        : []),
      `${requests} requests, ${pinned} of them pinned, ${inSessions} in sessions; ${account.answers.length} answers by backends.`,
      ...(during.wrong.length + after.wrong.length > 0
        ? [
            `Of wrong answers ${during.wrongToPinned + after.wrongToPinned} were to pinned requests, ${during.wrongToOld + after.wrongToOld} to requests sent before the bus had been told of the change.`,
          ]
        : []),
      `Memory ${isLong ? '' : '(not judged in so short a run) '}grew by ${growth.toFixed(1)} MB from the second to the last quarter, to ${resident.at(-1)!.toFixed(0)} MB.`,
      `Moves: ${moves.join(', ')}; ${platform.changes} other changes. ${size.stuck} more threads were made to loop for ever.`,
      `Instances that had left were asked for up to ${during.latest.toFixed(0)} ms after the bus had been told, ${during.counts.late} times; an address is given away ${WINDOW_MS} ms after that.`,
      `Otherwise answered: ${reasons}.`,
    ],
  };
}
