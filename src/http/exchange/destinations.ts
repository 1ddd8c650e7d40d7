import { balancerFor } from '../../balancer/balancer.ts';
import type { Balancer } from '../../routing/balancer.ts';
import type { FailedEndpoint } from '../../routing/change.ts';
import type { Endpoint } from '../../routing/endpoint.ts';
import type { EndpointCells } from '../../routing/endpoint-cells.ts';
import { endpointLogData } from '../../routing/endpoint-log-data.ts';
import type { Pool } from '../../routing/pool.ts';
import { Replica, type ReplicaRecords } from '../../routing/replica.ts';
import { NO_SEAT } from '../../routing/seat.ts';
import { DomainNames } from '../../tls/domain-names.ts';
import { type FailureClass, prunes } from '../policy/failure.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { HttpSettings } from '../settings.ts';
import { isOpenToAll } from './caller.ts';
import { RetryBudget } from './retry-budget.ts';
import { RouteServices } from './route-services.ts';

export interface DestinationParts {
  readonly cells: EndpointCells;
  /** What route changes say of endpoints. */
  readonly records: ReplicaRecords;
  /** Has an endpoint that is not what it was registered as taken out of its pool, until its next registration. */
  prune(failed: FailedEndpoint): void;
}

/** Where the requests of a thread may go: its routes and route services, and what is known of the backends there. */
export class Destinations {
  readonly cells: EndpointCells;
  readonly routes: Replica;
  readonly services: RouteServices;
  readonly retryBudget = new RetryBudget();
  domainNames: DomainNames;
  /** Of endpoints chosen since the set was last emptied; `null` when nobody wants to know. */
  readonly activeApps: Set<string> | null;
  readonly #context: ProxyContext;
  readonly #prune: DestinationParts['prune'];

  constructor(context: ProxyContext, { cells, records, prune }: DestinationParts) {
    const { settings } = context;
    this.#context = context;
    this.#prune = prune;
    this.cells = cells;
    this.routes = new Replica(records, balancerFor);
    this.domainNames = domainNames(settings);
    this.activeApps = settings.countsActiveApps ? new Set() : null;
    this.services = new RouteServices(settings.routeServices, this.routes, (pool, host) =>
      isOpenToAll(pool, host, this.domainNames),
    );
  }

  reload(settings: HttpSettings): void {
    this.domainNames = domainNames(settings);
    this.services.reload(settings.routeServices);
    this.cells.limitAwaited(settings.maxAwaitedPerBackend);
  }

  /** `balancing_algorithm`, for requests that their route's own cannot serve. */
  get fallbackBalancer(): Balancer {
    return balancerFor(this.#context.settings.loadBalancing);
  }

  /** The endpoint is passed over for a while, on every thread; one with TLS leaves its pool (docs/compatibility.md §2.6). */
  blame({ settings: { id: pool, routeKey } }: Pool, endpoint: Endpoint, failure: FailureClass): void {
    const { settings, log, now } = this.#context;
    const { address, tls, backend } = endpoint;
    const { seat } = backend;
    if (seat === NO_SEAT) return;
    this.cells.markFailed(seat, Math.ceil(now / 1000) + settings.failureMarkSeconds);
    if (tls && prunes(failure)) this.#prune({ pool, routeKey, address, seat });
    else log.error('endpoint-marked-as-ineligible', { 'route-endpoint': endpointLogData(endpoint) });
  }
}

function domainNames({ domains }: HttpSettings): DomainNames {
  return new DomainNames(domains.map(({ name }) => name));
}
