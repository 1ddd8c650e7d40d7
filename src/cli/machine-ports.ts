import { createServer, type Server } from 'node:net';
import { hostPort } from '../address/host-port.ts';
import { on, once } from '../boundary/events.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import type { Config } from '../config/schema.ts';
import { goListenHost, listenHost } from '../runtime/settings/listen-host.ts';
import type { MachineFault } from './machine-fault.ts';

interface Wanted {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** Which ports could not be opened now. Those of a router that runs with this configuration are among them. */
export async function portFaults(config: Config): Promise<MachineFault[]> {
  const held: { readonly wanted: Wanted; readonly server: Server }[] = [];
  const faults: MachineFault[] = [];
  for (const wanted of portsOf(config)) {
    const opened = await open(wanted);
    if (typeof opened !== 'string') {
      held.push({ wanted, server: opened });
      continue;
    }
    const other = held.find((each) => each.wanted.port === wanted.port);
    faults.push(other === undefined ? fault(wanted, opened) : twice(wanted, other.wanted));
  }
  for (const { server } of held) server.close();
  return faults;
}

/** Where the router listens, in the order in which it opens them. */
function portsOf(config: Config): Wanted[] {
  const { port, disable_http, enable_ssl, ssl_port, status, prometheus, nats, cellgate } = config;
  const host = listenHost(cellgate.listen_host);
  const all: readonly (Wanted & { readonly open: boolean })[] = [
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
function open({ host, port }: Wanted): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer();
    on(server, 'error', ONE_ROUND, ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unknown'));
    once(server, 'listening', ONE_ROUND, () => resolve(server));
    server.listen({ host, port });
  });
}

function twice({ key, port }: Wanted, other: Wanted): MachineFault {
  return { kind: 'error', sentence: `${key}: ${port} is the port of ${other.key} too: choose another` };
}

function fault({ key, host, port }: Wanted, code: string): MachineFault {
  const at = hostPort(host, port);
  switch (code) {
    case 'EADDRINUSE':
      return {
        kind: 'warning',
        sentence: `${key}: ${at} is in use now, by a router that runs or by another program`,
      };
    case 'EACCES':
      return {
        kind: 'warning',
        sentence: `${key}: ${at} is for root alone, and for programs that have CAP_NET_BIND_SERVICE (docs/installing.md)`,
      };
    case 'EADDRNOTAVAIL':
      return { kind: 'error', sentence: `${key}: ${at} is no address of this machine: choose another` };
    default:
      return { kind: 'warning', sentence: `${key}: ${at} cannot be opened now (${code})` };
  }
}
