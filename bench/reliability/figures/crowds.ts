import { type Burden, burden, describeBurden, slowdown } from '../burden.ts';
import { atMost, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { compare, type Front, startFronts } from '../fronts.ts';
import type { CrowdingClientsCalls } from '../processes/crowding-clients.ts';
import type { SteadyClientCalls } from '../processes/steady-client.ts';
import { Subprocess } from '../subprocess.ts';

const CROWD = new URL('../processes/crowding-clients.ts', import.meta.url);
const GOOD = new URL('../processes/steady-client.ts', import.meta.url);
const SECONDS = 10;
const SETTLE_MS = 2000;
const CONNECTING = 200;
const SHAKING_HANDS = 50;
const READERS = 400;
const OBJECT_BYTES = 100_000_000;

type Crowd = Subprocess<CrowdingClientsCalls>;
type Run = (crowd: Crowd, front: Front, seconds: number) => Promise<string>;

export const resetConnections: Figure = {
  id: 'L28',
  what: `${CONNECTING} clients at once connect and reset, again and again`,
  run: (site) =>
    measure(site, async (crowd, { http }, seconds) => {
      const made = await crowd.call('crowd', { port: http, atOnce: CONNECTING, seconds, errand: 'reset' });
      return `${Math.round(made / seconds)} connections a second`;
    }),
};

export const tlsHandshakes: Figure = {
  id: 'L29',
  what: `${SHAKING_HANDS} clients at once make TLS handshakes and go, again and again`,
  run: (site) =>
    measure(site, async (crowd, { tls }, seconds) => {
      const made = await crowd.call('crowd', {
        port: tls,
        atOnce: SHAKING_HANDS,
        seconds,
        errand: 'handshake',
      });
      return `${Math.round(made / seconds)} handshakes a second`;
    }),
};

export const unreadObjects: Figure = {
  id: 'L36',
  what: `${READERS} clients ask for an object of 100 MB and read nothing of it`,
  run: (site) =>
    measure(site, async (crowd, { http: port }, seconds) => {
      const count = Math.ceil(READERS * site.scale);
      await crowd.call('unread', { port, count, bytes: OBJECT_BYTES, seconds });
      return `${count} objects were asked for`;
    }),
};

/** What it does to a client that behaves, of both proxies, one after the other. */
async function measure(site: Site, run: Run): Promise<Outcome> {
  const fronts = await startFronts(site);
  const crowd: Crowd = new Subprocess(site.bed, CROWD);
  const good = new Subprocess<SteadyClientCalls>(site.bed, GOOD);
  const { own, haproxy } = await compare(fronts, (front) => {
    site.say(front.name);
    return burden(front, good, {
      run: () => run(crowd, front, Math.max(1, SECONDS * site.scale)),
      release: () => crowd.call('release'),
      settleMs: SETTLE_MS,
    });
  });
  return {
    checks: [
      atMost("others' p99, of that when quiet", slowdown(own), '×', Math.max(2, slowdownOf(haproxy))),
      none('failures of others', sum(own.beside.faults) + sum(own.quiet.faults)),
    ],
    notes: [
      describeBurden('Cellgate', own),
      haproxy === null ? 'HAProxy is not installed.' : describeBurden('HAProxy', haproxy),
      describe(own.beside.faults),
    ].filter((note) => note !== ''),
  };
}

function slowdownOf(burden: Burden | null): number {
  return burden === null ? 0 : slowdown(burden);
}
