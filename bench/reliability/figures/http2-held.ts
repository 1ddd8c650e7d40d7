import { setTimeout as delay } from 'node:timers/promises';
import { type Burden, burden, describeBurden, grown, left, slowdown } from '../burden.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { type Compared, compare, type Front, startFronts } from '../fronts.ts';
import type { Http2AbusersCalls } from '../processes/http2-abusers.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { Subprocess } from '../subprocess.ts';

const ABUSERS = new URL('../processes/http2-abusers.ts', import.meta.url);
const GOOD = new URL('../processes/steady-client.ts', import.meta.url);
const FRAMES = 60_000;
const STREAMS = 100;
const CONNECTIONS = 40;
const OBJECT_BYTES = 2_000_000;
const HOLD_MS = 10_000;
/** From the end of it until memory is looked at again. */
const SETTLE_MS = 30_000;
const RESETS = 190;
const RESET_SECONDS = 15;
/** After so many seconds of it the heap has the size that it needs for it. */
const WARM_UP_SECONDS = 15;
/** MB that memory may differ by from one moment to another, whatever was done. */
const NOISE = 10;

type Abusers = Subprocess<Http2AbusersCalls>;

interface Abuse {
  /** Answers what else there is to tell of it. */
  run(abusers: Abusers, front: Front): Promise<string>;
  /** Where what counts is what is left of it by the time the heap has the size that it needs for it. */
  warmUp?(abusers: Abusers, front: Front): Promise<unknown>;
}

export const smallFrames: Figure = {
  id: 'L24',
  what: `${FRAMES} DATA frames of one byte on each of ${STREAMS} streams whose backend reads nothing`,
  run: (site) =>
    measure(site, {
      async run(abusers, { h2c }) {
        const frames = Math.round(FRAMES * site.scale);
        const sent = await abusers.call('drip', { port: h2c, streams: STREAMS, frames, bytes: 1 });
        const open = await abusers.call('open');
        await delay(HOLD_MS / 2);
        return `${sent} frames were let come, ${open === 0 ? 'then the connection was closed' : 'and the connection was kept'}`;
      },
    }),
};

export const unreadStreams: Figure = {
  id: 'L25',
  what: `${CONNECTIONS} connections with ${STREAMS} responses of 2 MB each, of which nothing is read`,
  run: (site) =>
    measure(site, {
      async run(abusers, { h2c }) {
        const connections = Math.ceil(CONNECTIONS * site.scale);
        await abusers.call('unread', { port: h2c, connections, streams: STREAMS, bytes: OBJECT_BYTES });
        await delay(HOLD_MS);
        return `${await abusers.call('open')} of ${connections} connections were left to them`;
      },
    }),
};

export const renewedResets: Figure = {
  id: 'L26',
  what: `${RESETS} requests taken back on a connection, then on a new one, for ${RESET_SECONDS} s`,
  run: (site) => {
    const reset = (abusers: Abusers, { h2c }: Front, seconds: number) =>
      abusers.call('resets', { port: h2c, each: RESETS, seconds: seconds * site.scale });
    return measure(site, {
      warmUp: (abusers, front) => reset(abusers, front, WARM_UP_SECONDS),
      async run(abusers, front) {
        const connections = await reset(abusers, front, RESET_SECONDS);
        return `${(connections / RESET_SECONDS / site.scale).toFixed(0)} connections a second`;
      },
    });
  },
};

/** What it does to both, one after the other. */
async function measure(site: Site, abuse: Abuse): Promise<Outcome> {
  const fronts = await startFronts(site);
  const abusers: Abusers = new Subprocess(site.bed, ABUSERS);
  const good = new Subprocess<SteadyClientCalls>(site.bed, GOOD);
  const burdens = await compare(fronts, async (front) => {
    site.say(front.name);
    await abuse.warmUp?.(abusers, front);
    return burden(front, good, {
      run: () => abuse.run(abusers, front),
      release: () => abusers.call('release'),
      settleMs: SETTLE_MS * site.scale,
    });
  });
  return { checks: checksOf(burdens), notes: notesOf(burdens) };
}

function checksOf({ own, haproxy }: Compared<Burden>): Check[] {
  const bound = (least: number, of: (burden: Burden) => number) =>
    Math.max(least, haproxy === null ? 0 : of(haproxy));
  return [
    atMost('memory more at the peak', grown(own), 'MB', bound(NOISE, grown)),
    atMost('memory more 30 s later', left(own), 'MB', bound(NOISE, left)),
    atMost("others' p99, of that when quiet", slowdown(own), '×', bound(2, slowdown)),
    none('failures of others', sum(own.beside.faults) + sum(own.quiet.faults)),
  ];
}

function notesOf({ own, haproxy }: Compared<Burden>): string[] {
  return [
    describeBurden('Cellgate', own),
    haproxy === null ? 'HAProxy is not installed.' : describeBurden('HAProxy', haproxy),
    describe(own.beside.faults),
  ].filter((note) => note !== '');
}
