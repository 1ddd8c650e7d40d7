import type { TableView } from '../../registry/table-view.ts';
import type { EndpointOrders } from '../../routing/endpoint-orders.ts';
import type { Selected } from '../../routing/selector.ts';
import { armAt, type Split } from '../../routing/split.ts';
import { inTurns } from '../../time/in-turns.ts';

/** Endpoints that are looked at in one turn of the loop. */
const PER_TURN = 2000;

/** What an order about an endpoint would come to on this router. */
export interface Affected {
  /** Routes of which it is an endpoint. */
  readonly routes: readonly string[];
  /** Those of them whose new requests it gets, and that would have nobody else for them. */
  readonly emptied: readonly string[];
}

/** @param name an address or an instance's id @param route of this one alone; empty: of all */
export async function affected(
  view: Pick<TableView, 'members' | 'factsOf'>,
  orders: EndpointOrders,
  name: string,
  route: string,
): Promise<Affected> {
  const hit = new Set<string>();
  const serving = new Set<string>();
  const others = new Set<string>();
  const look = function* (): Generator<void> {
    let work = 0;
    for (const member of view.members()) {
      if (++work % PER_TURN === 0) yield;
      const known = view.factsOf(member);
      if (known === null || (route !== '' && known.route !== route)) continue;
      const { facts } = known;
      const isMeant = facts.address === name || facts.instanceId === name;
      if (isMeant) hit.add(known.route);
      if (!isServing(known.split, facts)) continue;
      if (isMeant) serving.add(known.route);
      else if (orders.of(facts, known.route) === null) others.add(known.route);
    }
  };
  await inTurns(look());
  const routes = [...hit].toSorted();
  return { routes, emptied: routes.filter((each) => serving.has(each) && !others.has(each)) };
}

/** An arm of weight 0 is nobody's replacement: it gets no new requests, whoever is left. */
function isServing(split: Split | null, endpoint: Selected): boolean {
  return split === null || (split.arms[armAt(split, endpoint)]?.weight ?? 0) > 0;
}
