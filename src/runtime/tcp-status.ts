import type { TcpRouterFile } from '../config/tcp-router.ts';
import type { Health } from '../status/health.ts';
import { startHealthServer, startTlsHealthServer } from '../status/health-server.ts';
import type { StatusListener } from '../status/listen.ts';
import { startRoutesServer } from '../status/routes-server.ts';
import type { RoutingApiErrors } from '../status/routing-api-metrics.ts';
import type { TcpMetricSources } from '../status/tcp-metrics.ts';
import { TcpOnlyMetrics } from '../status/tcp-only-metrics.ts';
import type { CounterName } from '../telemetry/counters.ts';

export interface TcpStatusSources {
  readonly health: Health;
  readonly tcp: TcpMetricSources & { json(): object };
  routingApi(): RoutingApiErrors;
  readonly count: (name: CounterName) => number;
}

/** The ports of a router for TCP alone that are for operators and load balancers; `null` is not open. */
export interface TcpAddresses {
  readonly health: number | null;
  readonly tlsHealth: number | null;
  readonly routes: number | null;
}

/** Opens them as far as `cellgate.status` has them, each into `open`. @throws {ListenError} */
export async function startTcpStatus(
  { host, port, user, pass, tls, routes }: TcpRouterFile['cellgate']['status'],
  { health, tcp, routingApi, count }: TcpStatusSources,
  open: StatusListener[],
): Promise<TcpAddresses> {
  const credentials = { user, pass };
  const add = async (starting: Promise<StatusListener>): Promise<number> => {
    const listener = await starting;
    open.push(listener);
    return listener.port;
  };
  return {
    routes:
      routes.port === undefined
        ? null
        : await add(
            startRoutesServer({
              port: routes.port,
              credentials,
              source: null,
              tcpRoutes: () => tcp.json(),
              setting: 'cellgate.status.routes.port',
            }),
          ),
    tlsHealth:
      tls.port === undefined
        ? null
        : await add(
            startTlsHealthServer({
              port: tls.port,
              health,
              tls: { cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' },
              setting: 'cellgate.status.tls.port',
            }),
          ),
    health:
      port === undefined
        ? null
        : await add(
            startHealthServer({
              host,
              port,
              health,
              metrics: new TcpOnlyMetrics(tcp, routingApi, count),
              credentials,
              setting: 'cellgate.status.port',
            }),
          ),
  };
}
