import type { Member } from '../../registry/members.ts';
import type { Registry } from '../../registry/registry.ts';
import { inTurns } from '../../time/in-turns.ts';
import { type AskedPage, Page } from './page.ts';

/** Endpoints that are looked at in one turn of the loop. */
const PER_TURN = 2000;

type Source = Pick<Registry, 'view' | 'announcedAt' | 'clock'>;

/** Endpoints of HTTP routes, one for each route, with where what is known of them comes from. @param now Unix milliseconds */
export async function endpointsPage(registry: Source, asked: AskedPage, now: number): Promise<Page<object>> {
  const page = new Page<object>(asked);
  const look = function* (): Generator<void> {
    let work = 0;
    for (const member of registry.view.members()) {
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
  const { route, facts } = known;
  if (asked.route !== '' && route !== asked.route) return;
  if (asked.app !== '' && facts.appId !== asked.app) return;
  if (asked.q !== '' && !route.includes(asked.q) && !facts.address.includes(asked.q)) return;
  const state = registry.view.stateOf(member);
  if (asked.state !== '' && state !== asked.state) return;
  const wall = (clock: number): string => new Date(now - (registry.clock - clock)).toISOString();
  page.add(() => ({
    route,
    address: facts.address,
    app: facts.appId,
    instance: facts.instanceId,
    index: facts.instanceIndex,
    zone: facts.availabilityZone,
    tls: facts.tls,
    protocol: facts.protocol,
    state,
    from: member.origin.text,
    restored: member.origin.kind === 'snapshot',
    first_seen: wall(member.firstSeenAt),
    last_seen: wall(registry.announcedAt(member)),
    ttl_seconds: facts.staleThreshold,
  }));
}
