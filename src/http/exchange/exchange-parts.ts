import type { Ledger } from '../account/ledger.ts';
import type { ConnectionPools } from '../connection/connection-pools.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Destinations } from './destinations.ts';
import type { RequestIds } from './request-id.ts';

/** What the exchanges of a thread are made of beside their clients. */
export interface ExchangeParts {
  readonly context: ProxyContext;
  readonly destinations: Destinations;
  readonly backends: ConnectionPools;
  readonly ledger: Ledger;
  readonly requestIds: RequestIds;
  /** What load balancers are told; asked anew for each health check. */
  readonly health: { readonly isHealthy: boolean };
}
