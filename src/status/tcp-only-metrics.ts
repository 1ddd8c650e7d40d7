import { Registry as Exposition } from 'prom-client';
import type { CounterName } from '../telemetry/counters.ts';
import { exposeProcess } from './process-metrics.ts';
import { exposeRoutingApi, type RoutingApiErrors } from './routing-api-metrics.ts';
import { exposeTcp, type TcpMetricSources } from './tcp-metrics.ts';
import { exposeThreads } from './thread-metrics.ts';

/** The metrics of a router that carries nothing but TCP. */
export class TcpOnlyMetrics {
  readonly #exposition = new Exposition();

  constructor(
    tcp: TcpMetricSources,
    routingApi: () => RoutingApiErrors,
    count: (name: CounterName) => number,
  ) {
    exposeTcp(this.#exposition, tcp);
    exposeRoutingApi(this.#exposition, routingApi);
    exposeThreads(this.#exposition, count);
    exposeProcess(this.#exposition);
  }

  get contentType(): string {
    return this.#exposition.contentType;
  }

  exposition(): Promise<string> {
    return this.#exposition.metrics();
  }
}
