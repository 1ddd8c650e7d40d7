import { atMost } from '../checks.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { type Front, startFronts } from '../fronts.ts';
import type { Http2TransfersCalls, Took, Transfer } from '../processes/http2-transfers.ts';
import { Subprocess } from '../subprocess.ts';

const CLIENTS = new URL('../processes/http2-transfers.ts', import.meta.url);
const BYTES = 5_000_000;
/** Each way. */
const DELAY_MS = 50;
/** Of each, the best of so many counts: what else the machine does makes none of them faster. */
const ROUNDS = 3;

interface Kind extends Pick<Transfer, 'direction' | 'stated' | 'count'> {
  /** Ways there and back that HTTP/2 may take more on a connection that carries all at once: to ask for windows. */
  readonly asksFor: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  'an upload': { direction: 'up', stated: true, count: 1, asksFor: 1 },
  'an upload of unstated length': { direction: 'up', stated: false, count: 1, asksFor: 4 },
  '4 uploads at once': { direction: 'up', stated: true, count: 4, asksFor: 3 },
  'a download': { direction: 'down', stated: true, count: 1, asksFor: 0 },
};
/** For what else the machine does. */
const TOLERANCE = 1.15;

/** By version. */
interface Both {
  readonly http1: Took;
  readonly http2: Took;
}

export const longWay: Figure = {
  id: 'L27',
  what: `${BYTES / 1e6} MB up and down, ${2 * DELAY_MS} ms there and back`,
  async run(site: Site): Promise<Outcome> {
    const fronts = await startFronts(site);
    const clients = new Subprocess<Http2TransfersCalls>(site.bed, CLIENTS);
    const checks: Check[] = [];
    const notes: string[] = [];
    for (const secure of [false, true]) {
      for (const [name, kind] of Object.entries(KINDS)) {
        const what = `${name} ${secure ? 'over TLS' : 'in clear'}`;
        const wanted = { ...kind, secure, bytes: Math.round(BYTES * site.scale) };
        const own = await measure(clients, fronts.cellgate, wanted, ROUNDS);
        const more = kind.asksFor * 2 * DELAY_MS;
        // TCP begins slowly, over one connection as over each of several: a window that grows as fast is never in its way.
        const cold = own.http1.cold + (kind.count === 1 ? 0 : more);
        checks.push(atMost(`${what}, on a new connection`, own.http2.cold, 'ms', cold * TOLERANCE));
        checks.push(atMost(`${what}, again`, own.http2.warm, 'ms', (own.http1.warm + more) * TOLERANCE));
        const told = [describe('Cellgate', own)];
        // Whose windows do not grow needs 8 s for each.
        if (kind.count === 1 && kind.stated && fronts.haproxy !== null) {
          told.push(describe('HAProxy', await measure(clients, fronts.haproxy, wanted, 1)));
        }
        notes.push(`${what}: ${told.join(', ')}.`);
        site.say(notes.at(-1)!);
      }
    }
    return { checks, notes };
  },
};

async function measure(
  clients: Subprocess<Http2TransfersCalls>,
  { http, h2c, tls }: Front,
  wanted: Omit<Transfer, 'port' | 'version'>,
  rounds: number,
): Promise<Both> {
  const relay = (to: number) => clients.call('relay', { to, delay: DELAY_MS });
  const best = async (version: Transfer['version'], port: number): Promise<Took> => {
    const took: Took[] = [];
    for (let round = 0; round < rounds; round++)
      took.push(await clients.call('transfer', { ...wanted, version, port }));
    return {
      cold: Math.min(...took.map(({ cold }) => cold)),
      warm: Math.min(...took.map(({ warm }) => warm)),
    };
  };
  return {
    http1: await best('HTTP/1.1', await relay(wanted.secure ? tls : http)),
    http2: await best('HTTP/2', await relay(wanted.secure ? tls : h2c)),
  };
}

function describe(name: string, { http1, http2 }: Both): string {
  const both = ({ cold, warm }: Took) => `${cold.toFixed(0)} and ${warm.toFixed(0)} ms`;
  return `${name} ${both(http2)}, over HTTP/1.1 ${both(http1)}`;
}
