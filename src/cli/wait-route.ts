import { setTimeout as delay } from 'node:timers/promises';
import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import type { CheckOutput } from './check.ts';
import { printable, printableJson } from './printable.ts';
import type { WaitRouteCommand } from './wait-route-arguments.ts';

/** Milliseconds between two questions. */
const PAUSE = 250;

interface Seen {
  readonly having: readonly string[];
  readonly lacking: readonly string[];
  readonly silent: readonly string[];
}

/** Waits until every router that shares the bus has the route; the exit code. */
export async function waitRoute(
  { address, route, app, timeout, json }: WaitRouteCommand,
  { out, error }: CheckOutput,
): Promise<number> {
  const ends = performance.now() + timeout;
  for (;;) {
    const seen = await look(address, route, app);
    if (typeof seen === 'string') {
      error(seen);
      return 1;
    }
    const { having, lacking, silent } = seen;
    const isThere = lacking.length + silent.length === 0;
    if (isThere || performance.now() >= ends) {
      if (json) out(`${printableJson({ route, ...seen })}\n`);
      else if (isThere) out(`${route} is known to ${count(having.length)}\n`);
      if (!isThere) error(`${route} is not known to all: ${missing(seen)}`);
      return isThere ? 0 : 1;
    }
    await delay(PAUSE);
  }
}

/** A text: why that is not known. */
async function look(address: AdminAddress | null, route: string, app: string | null): Promise<Seen | string> {
  const query = app === null ? '' : `?app=${encodeURIComponent(app)}`;
  const reply = await askAdmin(address, 'GET', `/v1/presence/${encodeURIComponent(route)}${query}`);
  if (reply.kind === 'failure') return reply.sentence;
  const { routers, silent } = reply.value;
  if (!Array.isArray(routers) || !Array.isArray(silent)) {
    return 'the router answered without a list of routers: use the cellgate of its version';
  }
  const idsOf = (wanted: (endpoints: number) => boolean) =>
    (routers as { id: string; endpoints: number }[])
      .filter(({ endpoints }) => wanted(endpoints))
      .map(({ id }) => printable(String(id)));
  return {
    having: idsOf((endpoints) => endpoints > 0),
    lacking: idsOf((endpoints) => !(endpoints > 0)),
    silent: silent.map((id) => printable(String(id))),
  };
}

function missing({ lacking, silent }: Seen): string {
  const parts = [];
  if (lacking.length > 0) parts.push(`${lacking.join(', ')} ${lacking.length === 1 ? 'lacks' : 'lack'} it`);
  if (silent.length > 0) parts.push(`${silent.join(', ')} did not answer`);
  return parts.join('; ');
}

function count(routers: number): string {
  return routers === 1 ? 'the only router' : `all ${routers} routers`;
}
