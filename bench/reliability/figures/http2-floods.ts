import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds } from '../../cpu-time.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { residentBytes } from '../process-state.ts';
import {
  type Ended,
  FLOOD_NAMES,
  type FloodName,
  type Http2ClientsCalls,
} from '../processes/http2-clients.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { type Router, startRouter } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENTS = new URL('../processes/http2-clients.ts', import.meta.url);
const GOOD = new URL('../processes/steady-client.ts', import.meta.url);
const MB = 1024 * 1024;
const GOOD_PER_SECOND = 200;
const QUIET_MS = 5000;
/** Connections that reset, one after the other, and a moment between them. */
const RESETTING = 10;
const RESETS_PER_SECOND = 20_000;
const PAUSE_MS = 500;
const FRAMES_PER_SECOND = 100_000;
/** From the end of a flood until the router must be idle again, and how long that is watched. */
const SETTLE_MS = 2000;
const WATCH_MS = 1000;
/** From the end of all floods until memory is looked at. */
const REST_MS = 30_000;
/** Rounds of all floods after which the heap has the size that it needs for them. */
const WARM_UPS = 3;

export const rapidReset: Figure = {
  id: 'L21',
  what: `one HTTP/2 connection opens and resets ${RESETS_PER_SECOND} streams a second, ${RESETTING} times`,
  async run(site: Site): Promise<Outcome> {
    const { router, clients, good } = await start(site);
    const flood = () => reset(router, clients, site.scale);
    site.say('warming up');
    for (let i = 0; i < RESETTING; i++) await flood();
    await delay(SETTLE_MS);
    await good.call('start', { port: router.port, perSecond: GOOD_PER_SECOND });
    await delay(QUIET_MS);
    const quiet = await good.call('stop');
    const memory = residentBytes(router.daemon.pid);

    site.say(`${site.seconds} s, at least ${RESETTING} connections`);
    await router.origin.call('served');
    await good.call('start', { port: router.port, perSecond: GOOD_PER_SECOND });
    const ended = await again(site.seconds, RESETTING, async () => {
      const end = await flood();
      await delay(PAUSE_MS);
      return end;
    });
    const service = await good.call('stop');
    const served = await router.origin.call('served');
    const begun = (served.reduce((total, count) => total + count, 0) - service.requests) / ended.length;
    const grown = (residentBytes(router.daemon.pid) - memory) / MB;
    return {
      checks: [
        atMost('until the connection is closed, at most', slowest(ended), 'ms', 1000),
        atMost('requests that reached a backend, for each connection', begun, '', 200),
        atMost("others' p99, of that when quiet", service.p99 / quiet.p99, '×', 2),
        none('failures of others', sum(service.faults) + sum(quiet.faults)),
        atMost('memory more than before', grown, 'MB', 20),
      ],
      notes: [
        `${ended.length} connections; the first were closed after ${ended
          .slice(0, RESETTING)
          .map(({ frames }) => frames)
          .join(', ')} streams.`,
        `p99 of ${quiet.requests} other requests ${quiet.p99.toFixed(1)} ms when quiet, of ${service.requests} beside the resets ${service.p99.toFixed(1)} ms.`,
        describe(service.faults),
      ].filter((note) => note !== ''),
    };
  },
};

export const frameFloods: Figure = {
  id: 'L22',
  what: `HTTP/2 connections flood the router, up to ${FRAMES_PER_SECOND} frames a second`,
  async run(site: Site): Promise<Outcome> {
    const { router, clients, good } = await start(site);
    const kinds = FLOOD_NAMES.filter((kind) => kind !== 'rapid reset');
    const flood = (kind: FloodName) =>
      clients.call('flood', { port: router.port, kind, perSecond: FRAMES_PER_SECOND * site.scale });
    site.say('warming up');
    for (let round = 0; round < WARM_UPS; round++) for (const kind of kinds) await flood(kind);
    await delay(SETTLE_MS);
    const attend = () => good.call('start', { port: router.port, perSecond: GOOD_PER_SECOND });
    await attend();
    await delay(QUIET_MS);
    const ownShare = await busy(router);
    const quiet = await good.call('stop');
    const memory = residentBytes(router.daemon.pid);
    let slowed = 0;
    let failed = sum(quiet.faults);

    const checks: Check[] = [];
    const notes: string[] = [];
    let worst = 0;
    let idle = 0;
    for (const kind of kinds) {
      site.say(kind);
      await attend();
      const ended = await again(site.seconds, 1, () => flood(kind));
      const beside = await good.call('stop');
      slowed = Math.max(slowed, beside.p99 / quiet.p99);
      failed += sum(beside.faults);
      worst = Math.max(worst, slowest(ended));
      await attend();
      await delay(SETTLE_MS);
      idle = Math.max(idle, (await busy(router)) - ownShare);
      failed += sum((await good.call('stop')).faults);
      const frames = ended.reduce((total, each) => total + each.frames, 0) / ended.length;
      notes.push(
        `${kind}: ${ended.length} connections, closed after ${frames.toFixed(0)} frames, the slowest after ${slowest(ended).toFixed(0)} ms; p99 of others ${beside.p99.toFixed(1)} ms; memory ${((residentBytes(router.daemon.pid) - memory) / MB).toFixed(0)} MB more.`,
      );
    }
    site.say('rest');
    await delay(REST_MS * site.scale);
    const grown = (residentBytes(router.daemon.pid) - memory) / MB;
    checks.push(
      atMost('until the connection is closed, at most', worst, 'ms', 2000),
      atMost('of a core 2 s later, beyond what it was before, at most', idle, '%', 5),
      atMost('memory more than before', grown, 'MB', 10),
      atMost("others' p99, of that when quiet, at most", slowed, '×', 2),
      none('failures of others', failed),
    );
    return { checks, notes: [`p99 of others ${quiet.p99.toFixed(1)} ms when quiet.`, ...notes] };
  },
};

async function start(site: Site) {
  const router = await startRouter(site, 2, {
    keys: { backends: { max_conns: 0 } },
    cellgateKeys: { h2c: true },
  });
  const clients = new Subprocess<Http2ClientsCalls>(site.bed, CLIENTS);
  const good = new Subprocess<SteadyClientCalls>(site.bed, GOOD);
  return { router, clients, good };
}

/** Again and again for so long, and at least so often. */
async function again(seconds: number, least: number, flood: () => Promise<Ended>): Promise<Ended[]> {
  const end = performance.now() + seconds * 1000;
  const ended: Ended[] = [];
  while (ended.length < least || performance.now() < end) ended.push(await flood());
  return ended;
}

function reset(router: Router, clients: Subprocess<Http2ClientsCalls>, scale: number): Promise<Ended> {
  return clients.call('flood', {
    port: router.port,
    kind: 'rapid reset',
    perSecond: RESETS_PER_SECOND * scale,
  });
}

/** Milliseconds; infinite when one was not closed at all. */
function slowest(ended: readonly Ended[]): number {
  return Math.max(...ended.map(({ after }) => after ?? Number.MAX_SAFE_INTEGER));
}

/** Of a core, in per cent. */
async function busy({ daemon }: Router): Promise<number> {
  const before = cpuSeconds(daemon.pid);
  await delay(WATCH_MS);
  return ((cpuSeconds(daemon.pid) - before) / WATCH_MS) * 100_000;
}
