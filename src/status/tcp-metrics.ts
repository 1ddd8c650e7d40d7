import { Counter, type Registry as Exposition, Gauge } from 'prom-client';
import type { TcpCounts } from '../tcp/connection/tally.ts';

/** Sums since the start, a second old at most; read when the metrics are asked for. */
export interface TcpMetricSources {
  readonly portCounts: ReadonlyMap<number, TcpCounts>;
  readonly backendCounts: ReadonlyMap<string, TcpCounts>;
}

/** Metrics of the TCP router by port and by backend (docs/compatibility.md §7.5 has them by the same two). */
export function exposeTcp(registry: Exposition, sources: TcpMetricSources): void {
  expose(registry, 'port', () => sources.portCounts);
  expose(registry, 'backend', () => sources.backendCounts);
}

function expose(
  registry: Exposition,
  label: 'port' | 'backend',
  read: () => ReadonlyMap<number | string, TcpCounts>,
): void {
  const registers = [registry];
  const metric = (
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    labelNames: string[],
    samples: (key: string, counts: TcpCounts) => [labels: Record<string, string>, value: number][],
  ) =>
    new Kind({
      name: `cellgate_tcp_${label}_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [key, counts] of read()) {
          for (const [labels, value] of samples(String(key), counts)) this.inc(labels, value);
        }
      },
    });
  metric(Counter, 'connections_total', `Connections, by ${label}`, [label], (key, { opened }) => [
    [{ [label]: key }, opened],
  ]);
  metric(Gauge, 'open_connections', `Connections at present, by ${label}`, [label], (key, counts) => [
    [{ [label]: key }, counts.opened - counts.closed],
  ]);
  metric(Counter, 'failures_total', `Connections that reached no backend, by ${label}`, [label], (key, c) => [
    [{ [label]: key }, c.failed],
  ]);
  metric(
    Counter,
    'bytes_total',
    `Bytes of closed connections, by ${label}`,
    [label, 'from'],
    (key, counts) => [
      [{ [label]: key, from: 'client' }, counts.fromClient],
      [{ [label]: key, from: 'backend' }, counts.fromBackend],
    ],
  );
}
