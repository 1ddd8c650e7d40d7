import type { Explanation } from '../../http/explain/explanation.ts';
import type { TableView } from '../../registry/table-view.ts';

/** Who has decided what an explanation tells of. */
export interface Deciders {
  /** `admin:NAME`, or the key by which the router decided it itself; empty: nobody that is known. */
  splitBy(route: string): string;
  /** Of the order in force about an endpoint; empty: there is none. */
  orderBy(endpoint: { readonly address: string; readonly instanceId: string }, route: string): string;
}

/** What a proxy thread does not know: who has decided the split and the orders, and who says that an endpoint is there. */
export function withDeciders(
  { route, split, endpoints }: Explanation,
  view: Pick<TableView, 'originsOf'>,
  deciders: Deciders,
): object {
  if (route === null) return {};
  const origins = view.originsOf(route);
  return {
    split: split === null ? null : { ...split, from: deciders.splitBy(route) },
    endpoints: endpoints.map((endpoint) => {
      const { address, instance: instanceId } = endpoint;
      const origin = origins.get(address);
      const from = origin?.kind === 'operator' ? `admin:${origin.who}` : (origin?.text ?? '');
      return { ...endpoint, from, ordered_by: deciders.orderBy({ address, instanceId }, route) };
    }),
  };
}
