import { createServer, type Server } from 'node:net';
import { on, once } from '../boundary/events.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import type { Config } from '../config/schema.ts';
import { goListenHost, listenHost } from '../runtime/settings/listen-host.ts';

/** A port of a configuration. */
interface WantedPort {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** One that could not be opened now. */
export interface ClosedPort {
  readonly wanted: WantedPort;
  /** Another key that names the same port; null: it is not for the configuration that it is closed. */
  readonly twin: WantedPort | null;
  /** The system's word for it, like `EADDRINUSE`. */
  readonly code: string;
}

/** Those that could not be opened now, in the order in which a router opens them. */
export async function closedPorts(config: Config): Promise<ClosedPort[]> {
  const held: { readonly wanted: WantedPort; readonly server: Server }[] = [];
  const closed: ClosedPort[] = [];
  for (const wanted of portsOf(config)) {
    const opened = await open(wanted);
    if (typeof opened !== 'string') {
      held.push({ wanted, server: opened });
      continue;
    }
    const twin = held.find((each) => each.wanted.port === wanted.port)?.wanted ?? null;
    closed.push({ wanted, twin, code: opened });
  }
  await Promise.all(held.map(({ server }) => close(server)));
  return closed;
}

/** Where the router listens, in the order in which it opens them. */
function portsOf(config: Config): WantedPort[] {
  const { port, disable_http, enable_ssl, ssl_port, status, prometheus, nats, cellgate } = config;
  const host = listenHost(cellgate.listen_host);
  const all: readonly (WantedPort & { readonly open: boolean })[] = [
    { key: 'status.routes.port', host: '127.0.0.1', port: status.routes.port, open: true },
    { key: 'prometheus.port', host: '127.0.0.1', port: prometheus.port, open: prometheus.enabled },
    {
      key: 'status.tls.port',
      host: listenHost('::'),
      port: status.tls.port,
      open: status.tls.certificate !== '',
    },
    {
      key: 'status.port',
      host: goListenHost(status.host),
      port: status.port,
      open: status.enable_nontls_health_checks,
    },
    { key: 'cellgate.admin.port', host: cellgate.admin.host, port: cellgate.admin.port, open: true },
    {
      key: 'cellgate.bus.port',
      host: cellgate.bus.host,
      port: cellgate.bus.port,
      open: nats.hosts.length === 0,
    },
    { key: 'port', host, port, open: !disable_http },
    { key: 'ssl_port', host, port: ssl_port, open: enable_ssl },
  ];
  return all.filter((each) => each.open && each.port !== 0);
}

/** A server that listens there, or the system's word for why there is none. */
function open({ host, port }: WantedPort): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer();
    on(server, 'error', ONE_ROUND, ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'));
    once(server, 'listening', ONE_ROUND, () => resolve(server));
    server.listen({ host, port });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    once(server, 'close', ONE_ROUND, () => resolve());
    server.close();
  });
}
