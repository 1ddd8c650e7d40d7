import packageJson from '../../package.json' with { type: 'json' };
import type { Health } from '../status/health.ts';
import { total } from '../telemetry/counters.ts';
import type { MeterReadings } from '../telemetry/meter-readings.ts';
import { RequestCells } from '../telemetry/request-cells.ts';
import type { OperatorParts } from './operator-parts.ts';
import type { BusPart } from './parts/bus.ts';
import type { Component } from './parts/component.ts';
import type { HttpSetup } from './parts/http-setup.ts';
import type { HttpTable } from './parts/http-table.ts';
import { lookUpUrl } from './parts/look-up-url.ts';
import type { RoutingApiPart } from './parts/routing-api.ts';
import type { StatusSources } from './parts/status.ts';
import type { TableState } from './parts/table-state.ts';
import type { TcpRoutes } from './tcp/tcp-routes.ts';
import type { ProxyThreads } from './threads/proxy-threads.ts';
import type { SharedMemory } from './threads/shared-memory.ts';

export interface StatusSourcesParts {
  readonly setup: HttpSetup;
  readonly health: Health;
  readonly threads: Pick<ProxyThreads, 'loopDelays'>;
  readonly memory: SharedMemory;
  readonly table: HttpTable;
  readonly tableState: TableState;
  readonly bus: BusPart;
  readonly routingApi: RoutingApiPart;
  readonly operator: OperatorParts;
  /** Null: nobody is to collect `/varz`. */
  readonly component: Component | null;
  /** Null: no TCP router. */
  readonly tcp: TcpRoutes | null;
  readonly meters: MeterReadings;
}

/** What `/health`, `/routes` and `/metrics` tell, read where it is when somebody asks. */
export function statusSources(parts: StatusSourcesParts): StatusSources {
  const { setup, health, threads, memory, table, tableState, bus, routingApi, operator, component, tcp } =
    parts;
  const { registry, tally, latency } = table;
  return {
    health,
    metrics: {
      table: registry,
      tally,
      registrationLatency: latency,
      busState: () => bus.client?.state ?? 'disconnected',
      routingApi: () => routingApi.errors,
      messagesDropped: () => bus.client?.droppedMessages ?? 0,
      count: (name) => total(memory.buffers.counters, name),
      meters: parts.meters,
      threadConnections: () => memory.connectionLoads.counts(),
    },
    table: tableState,
    router: {
      version: packageJson.version,
      outcomes: () => RequestCells.sums(memory.buffers.requests).outcomes,
      certificates: () => operator.tls.certificates(),
      lastReload: () => setup.lastReload,
      loopDelays: () => threads.loopDelays(),
    },
    latency: () => RequestCells.sums(memory.buffers.requests).latency,
    apps: () => operator.appStats.readings(),
    splits: () => operator.splits.readings(),
    routes: { routes: () => registry.routesText(), lookUp: (url) => lookUpUrl(url, registry) },
    component,
    tcp,
  };
}
