import { isDeepStrictEqual } from 'node:util';
import type { Registry } from '../src/registry/registry.ts';
import type { Backend } from '../src/routing/backend.ts';
import type { PoolSettings } from '../src/routing/change.ts';
import { backendIdentity } from '../src/routing/endpoint.ts';
import type { Seat } from '../src/routing/seat.ts';
import { ROUTES } from './cast.ts';
import type { NaiveTable } from './naive-table.ts';
import { holderOf, nameOf } from './names.ts';
import { MOST_AWAITED, type SimulatedThread } from './thread.ts';

/** What a request asks for that is meant for a route. */
export const ASKED = ROUTES.map((key) => {
  const [host = '', ...segments] = key.replace('*', 'x').split('/');
  return { host, path: `/${segments.join('/')}` };
});

/** @throws when a table that is up to date is not that of the model */
export function compareTables(
  { lane, replica }: SimulatedThread,
  registry: Registry,
  model: NaiveTable,
): void {
  if (!replica.digest.is(registry.digest)) throw new Error(`the digest of lane ${lane} is another`);
  for (const [at, key] of ROUTES.entries()) {
    const expected = model.rows.filter((row) => row.key === key).map(({ message }) => nameOf(message));
    const pool = replica.match(ASKED[at]!.host, ASKED[at]!.path);
    const found = pool?.settings.routeKey === key ? pool : null;
    const names = found?.endpoints.map(nameOf) ?? [];
    if (names.toSorted().join() !== expected.toSorted().join()) {
      throw new Error(`lane ${lane} has ${names} for ${key}, and the model ${expected}`);
    }
    if (found !== null) compareSettings(found.settings, model);
  }
}

function compareSettings(
  { routeKey, loadBalancing, routePolicy, routeServiceUrl }: PoolSettings,
  model: NaiveTable,
): void {
  const said = {
    loadBalancing: model.pools.find(({ key }) => key === routeKey)?.algorithm,
    routePolicy: model.policyOf(routeKey),
    routeServiceUrl: model.routeServiceOf(routeKey),
  };
  if (isDeepStrictEqual({ loadBalancing, routePolicy, routeServiceUrl }, said)) return;
  const found = JSON.stringify({ loadBalancing, routePolicy, routeServiceUrl });
  throw new Error(`${routeKey} is ${found}, and the model has ${JSON.stringify(said)}`);
}

/**
 * Of backends that are in a table: one that has left may have requests under way, which count for nobody else.
 * @param marked holders that an attempt has failed at
 * @throws when a count is not that of what is under way, or a mark is nobody's
 */
export function compareCounts(
  threads: readonly SimulatedThread[],
  marked: ReadonlySet<string>,
  second: number,
): void {
  const underWay = new Map<string, number>();
  const awaited = new Map<string, number>();
  for (const { exchanges } of threads) {
    for (const { attempt, state } of exchanges) {
      const holder = holderOf(attempt.endpoint);
      underWay.set(holder, (underWay.get(holder) ?? 0) + 1);
      if (state !== 'answered') awaited.set(holder, (awaited.get(holder) ?? 0) + 1);
    }
  }
  for (const thread of threads) {
    for (const [identity, { seat }] of backendsOf(thread)) {
      const holder = `${seat} ${identity}`;
      const [counted, expected] = [thread.cells.inFlight(seat), underWay.get(holder) ?? 0];
      if (counted !== expected)
        throw new Error(`${counted} requests count at ${identity}, ${expected} are under way`);
      const waiting = awaited.get(holder) ?? 0;
      if (thread.cells.isFull(seat) !== waiting >= MOST_AWAITED)
        throw new Error(
          `${identity} is ${waiting < MOST_AWAITED ? '' : 'not '}full with ${waiting} that wait`,
        );
      if (thread.cells.isFailed(seat, second) && !marked.has(holder))
        throw new Error(`${identity} is marked as failed, and nobody did it`);
    }
  }
}

/** Those in a thread's table, by identity: one seat for each of them, and one of them in each seat. */
function backendsOf({ lane, replica }: SimulatedThread): Map<string, Backend> {
  const backends = new Map<string, Backend>();
  const identities = new Map<Seat, string>();
  for (const { host, path } of ASKED) {
    for (const endpoint of replica.match(host, path)?.endpoints ?? []) {
      const identity = backendIdentity(endpoint);
      const { backend } = endpoint;
      const known = backends.get(identity) ?? backend;
      if (known !== backend || (identities.get(backend.seat) ?? identity) !== identity) {
        throw new Error(`on lane ${lane} seat ${backend.seat} is of ${identity}, and not of it alone`);
      }
      backends.set(identity, backend);
      identities.set(backend.seat, identity);
    }
  }
  return backends;
}
