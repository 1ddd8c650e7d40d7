import { performance } from 'node:perf_hooks';
import type { EndpointState } from '../../registry/endpoint-state.ts';
import type { Member } from '../../registry/members.ts';
import type { Registry } from '../../registry/registry.ts';
import { inTurns } from '../../time/in-turns.ts';
import { type AskedPage, Page, placeOf } from './page.ts';

/** Endpoints that are looked at in one turn of the loop. */
const PER_TURN = 2000;

type Source = Pick<Registry, 'view' | 'announcedAt' | 'clock'>;

/** Endpoints of HTTP routes, one for each route, with where what is known of them comes from. @param now Unix milliseconds */
export async function endpointsPage(registry: Source, asked: AskedPage, now: number): Promise<Page<object>> {
  const page = new Page<object>(asked);
  const look = function* (): Generator<void> {
    let work = 0;
    const { view } = registry;
    const from = placeOf(asked)?.route ?? 0;
    for (const member of asked.route === '' ? view.members(from) : view.membersOf(asked.route)) {
      if (++work % PER_TURN === 0) yield;
      take(registry, member, asked, page, now);
      if (page.isFull) return;
    }
  };
  await inTurns(look());
  return page;
}

function take(registry: Source, member: Member, asked: AskedPage, page: Page<object>, now: number): void {
  const known = registry.view.factsOf(member);
  if (known === null) return;
  const { route, place, facts } = known;
  const last = placeOf(asked);
  if (last !== null && place === last.route && facts.address <= last.address) return;
  if (asked.app !== '' && facts.appId !== asked.app) return;
  if (asked.q !== '' && !route.includes(asked.q) && !facts.address.includes(asked.q)) return;
  const state = registry.view.stateOf(member);
  if (asked.state !== '' && state !== asked.state) return;
  const wall = (clock: number): string => new Date(now - (registry.clock - clock)).toISOString();
  page.add({ route: place, address: facts.address }, () => ({
    route,
    address: facts.address,
    app: facts.appId,
    instance: facts.instanceId,
    index: facts.instanceIndex,
    zone: facts.availabilityZone,
    tls: facts.tls,
    protocol: facts.protocol,
    state,
    ...whyOf(registry, member, state, { now, wall }),
    from: member.origin.text,
    restored: member.origin.kind === 'snapshot',
    first_seen: wall(member.firstSeenAt),
    last_seen: wall(registry.announcedAt(member)),
    ttl_seconds: facts.staleThreshold,
  }));
}

const REASONS: Readonly<Partial<Record<EndpointState, string>>> = {
  failed: 'an attempt on it failed: requests go elsewhere until then, or if there is nobody else',
  full: 'as many requests await it as backends.max_conns allows',
  stale: 'its heartbeats have ended, and it is kept for a while',
  restored: 'from the snapshot, and not announced since',
  draining: 'an order of an operator: no new sessions',
  held: 'an order of an operator: nothing but what names it',
};

/** Why it is in its state, and since or until when as far as that is known. */
function whyOf(
  { view }: Source,
  member: Member,
  state: EndpointState,
  { now, wall }: { readonly now: number; wall(clock: number): string },
): object {
  // What another process has seen before counts from the start of this one.
  const since = state === 'ready' || state === 'restored' ? wall(Math.max(0, member.firstSeenAt)) : null;
  const left = view.failedUntil(member) * 1000 - performance.now();
  const until = state === 'failed' ? new Date(now + left).toISOString() : null;
  return { reason: REASONS[state] ?? '', since, until };
}
