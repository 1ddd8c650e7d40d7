import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../free-ports.ts';
import { median } from '../../statistics.ts';
import { atLeast, atMost, none } from '../checks.ts';
import { describe, type Faults, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { metric } from '../metrics.ts';
import { Announced, differences } from '../moves/announced.ts';
import { Applications, appsOf, hostsOf } from '../moves/applications.ts';
import { Bystanders } from '../moves/bystanders.ts';
import { type Answer, Ledger, type Verdict } from '../moves/ledger.ts';
import { type MortalRouter, startMortalRouter } from '../moves/mortal-router.ts';
import { MovingPlatform, WINDOW_MS } from '../moves/moving-platform.ts';
import { startNats } from '../nats.ts';
import { residentBytes } from '../process-state.ts';
import type { AnnouncerCalls } from '../processes/announcer.ts';
import type { TenantsCalls } from '../processes/tenants.ts';
import type { Seen, WaryClientsCalls } from '../processes/wary-clients.ts';
import { logged } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const HOSTS = 40;
const ADDRESSES = 60;
const BYSTANDERS = 2000;
const SECONDS = 240;
const MESSAGES = 2500;
const KILLED = 15;
/** Made to loop for ever. */
const STUCK = 2;
/** Requests a second, besides those on what is about to move. */
const REQUESTS = 300;
/** Changes of bystanders a second. */
const CHANGES = 100;
/** Seconds. A heartbeat of each comes about every second. */
const STALE = 10;
const PRUNE = 2;
/** From the last change to a table in which nothing more is to change, seconds. */
const QUIET = STALE + 2 * PRUNE + 2;
/** Least of a run that is to mean anything. */
const LEAST = { seconds: 20, messages: 1000, killed: 3, stuck: 1 };
/** Growth of memory that is none: the larger of the two. */
const GROWTH_SHARE = 0.05;
const GROWTH_MB = 10;
const PROGRESS_SECONDS = 10;

interface Size {
  readonly seconds: number;
  readonly messages: number;
  readonly killed: number;
  readonly stuck: number;
}

/** What a run has come to so far. */
interface Account {
  requests: number;
  pinned: number;
  inSessions: number;
  readonly answers: Answer[];
  readonly faults: Map<string, number>;
  readonly strange: string[];
  /** Resident memory of the router in MB, each second. */
  readonly resident: number[];
}

export const movingEndpoints: Figure = {
  id: 'L23',
  what: `${HOSTS} hosts whose endpoints move between applications for ${SECONDS / 60} minutes, beside ${BYSTANDERS} others: ${MESSAGES} messages a second, ${KILLED} threads killed`,
  async run(site: Site): Promise<Outcome> {
    const size = sizeOf(site.scale);
    const natsPort = await startNats(site);
    const router = await startMortalRouter(site, natsPort, {
      droplet_stale_threshold: `${STALE}s`,
      prune_stale_droplets_interval: `${PRUNE}s`,
    });
    const [port] = await freePorts(1);
    const process = (name: string) => new URL(`../processes/${name}.ts`, import.meta.url);
    const announcer = new Subprocess<AnnouncerCalls>(site.bed, process('announcer'));
    const clients = new Subprocess<WaryClientsCalls>(site.bed, process('wary-clients'));
    const tenants = new Subprocess<TenantsCalls>(site.bed, process('tenants'));
    const ledger = new Ledger(WINDOW_MS);
    const announced = new Announced(STALE);
    const random = Math.random;
    const platform = new MovingPlatform(
      {
        announcer,
        clients,
        tenants,
        ledger,
        announced,
        random,
        applications: new Applications(appsOf(HOSTS), random),
        bystanders: new Bystanders(BYSTANDERS, random),
      },
      Array.from({ length: ADDRESSES }, (_, each) => `127.0.1.${each + 1}:${port}`),
    );
    await announcer.call('connect', natsPort);
    await platform.arrive();
    await announcer.call('start', size.messages);
    await delay(WINDOW_MS);
    const hosts = Array.from({ length: appsOf(HOSTS) }, (_, app) => hostsOf(app)).flat();
    await clients.call('start', { port: router.port, hosts, perSecond: REQUESTS });

    const account: Account = {
      requests: 0,
      pinned: 0,
      inSessions: 0,
      answers: [],
      faults: new Map(),
      strange: [],
      resident: [],
    };
    const end = performance.now() + size.seconds * 1000;
    await Promise.all([
      platform.run(end, CHANGES),
      strike(site, router, size),
      watch(site, router, clients, account, end),
    ]);
    const { messages, seconds } = await announcer.call('rate');
    await clients.call('stop');
    add(account, await clients.call('look'));
    site.say(`quiet for ${QUIET} s`);
    await delay(QUIET * 1000);

    const differing = differences(await router.routes(), announced.routes());
    for (const difference of differing.slice(0, 5)) site.say(difference);
    const verdicts = judge(site, account.answers, ledger);
    const struck = size.killed + size.stuck;
    return {
      checks: [
        none('answers by a wrong application', verdicts.counts['wrong application']),
        none('the same, in the window', verdicts.counts['in the window']),
        none('answers by an instance that had not the route', verdicts.counts['wrong instance']),
        none('pinned requests answered by another instance', verdicts.counts['not the one pinned']),
        none("answers with another request's bytes", account.strange.length),
        none('routes that are not those of the model', differing.length),
        none('times a thread had another table', await metric(router, 'cellgate_table_differences_total')),
        none('panics', await metric(router, 'cellgate_panics_total')),
        none('threads that ended of themselves', logged(router, 'proxy-thread-exited') - struck),
        memoryCheck(account.resident),
        atLeast('messages', messages / seconds, 'per second', size.messages * 0.95),
        atLeast('requests answered', (account.answers.length * 100) / account.requests, '%', 70),
      ],
      notes: [
        ...(site.scale < 1
          ? [
              `Scaled down to ${size.seconds} s, ${size.messages} messages a second, ${size.killed} threads killed.`,
            ]
          : []),
        `${account.requests} requests, ${account.pinned} pinned, ${account.inSessions} in sessions; ${account.answers.length} answers.`,
        `${Object.entries(platform.moves)
          .map(([move, count]) => `${count} ${move}`)
          .join(
            ', ',
          )} and ${platform.changes} other changes; ${struck} threads ended, ${size.stuck} of them as they stood still.`,
        `Of the answers ${verdicts.counts.late} came from instances that had just left, up to ${verdicts.latest.toFixed(0)} ms after the bus had been told; the window is ${WINDOW_MS} ms.`,
        `Not answered: ${describe(Object.fromEntries(account.faults)) || 'none'}.`,
      ],
    };
  },
};

function sizeOf(scale: number): Size {
  const share = (full: number, least: number) => Math.max(least, Math.round(full * scale));
  return {
    seconds: share(SECONDS, LEAST.seconds),
    messages: share(MESSAGES, LEAST.messages),
    killed: share(KILLED, LEAST.killed),
    stuck: share(STUCK, LEAST.stuck),
  };
}

/** Evenly spread over the run; those that are to stand still in the middle of each part. */
async function strike(site: Site, router: MortalRouter, { seconds, killed, stuck }: Size): Promise<void> {
  const total = killed + stuck;
  const every = Math.ceil(total / stuck);
  for (let each = 0; each < total; each++) {
    await delay((seconds * 1000) / (total + 1));
    const how = each % every === every >> 1 ? 'stick' : 'kill';
    await router.strike(how);
    site.say(`a thread is ${how === 'kill' ? 'killed' : 'made to stand still'}`);
  }
}

async function watch(
  site: Site,
  router: MortalRouter,
  clients: Subprocess<WaryClientsCalls>,
  account: Account,
  end: number,
): Promise<void> {
  for (let second = 1; performance.now() < end; second++) {
    await delay(1000);
    account.resident.push(residentBytes(router.daemon.pid) / 1e6);
    add(account, await clients.call('look'));
    if (second % PROGRESS_SECONDS > 0) continue;
    const unanswered = sum(Object.fromEntries(account.faults));
    site.say(
      `${second} s: ${account.answers.length} answers, ${unanswered} not answered, ${account.strange.length} strange, ${account.resident.at(-1)!.toFixed(0)} MB`,
    );
  }
}

function add(account: Account, seen: Seen): void {
  account.requests += seen.requests;
  account.pinned += seen.pinned;
  account.inSessions += seen.inSessions;
  for (const answer of seen.answers) account.answers.push(answer);
  account.strange.push(...seen.strange);
  addFaults(account.faults, seen.faults);
}

function addFaults(faults: Map<string, number>, more: Faults): void {
  for (const [reason, count] of Object.entries(more)) faults.set(reason, (faults.get(reason) ?? 0) + count);
}

/** `latest`: milliseconds that the router took at most, as far as answers tell. */
function judge(
  site: Site,
  answers: readonly Answer[],
  ledger: Ledger,
): { counts: Record<Verdict, number>; latest: number } {
  const counts: Record<Verdict, number> = {
    right: 0,
    late: 0,
    'in the window': 0,
    'wrong application': 0,
    'wrong instance': 0,
    'not the one pinned': 0,
  };
  let latest = 0;
  for (const answer of answers) {
    const { verdict, after } = ledger.judge(answer);
    if (verdict === 'late') latest = Math.max(latest, after);
    else if (verdict !== 'right' && counts[verdict] < 5) site.say(`${verdict}: ${JSON.stringify(answer)}`);
    counts[verdict]++;
  }
  return { counts, latest };
}

/** The last quarter of a run beside the second: of four minutes the last and the second. */
function memoryCheck(resident: readonly number[]) {
  const quarter = Math.floor(resident.length / 4);
  const before = median(resident.slice(quarter, 2 * quarter));
  const after = median(resident.slice(-quarter));
  const bound = Math.max(GROWTH_MB, GROWTH_SHARE * before);
  return atMost('median memory of the last quarter beyond that of the second', after - before, 'MB', bound);
}
