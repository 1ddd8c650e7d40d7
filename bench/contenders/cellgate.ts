import { existsSync, readFileSync } from 'node:fs';
import { CIPHER } from '../certificate.ts';
import type { Contender, RunningProxy, Setting } from '../contender.ts';
import { freePorts } from '../free-ports.ts';
import { CELLGATE, startCellgate, tableOf } from '../running-cellgate.ts';
import { HEARTBEAT_SECONDS } from '../target.ts';

/** With a table of routes, and the heartbeats that keep them there. */
export const cellgate: Contender = cellgateOf('cellgate', CELLGATE);

/** The same with another program: the one file, or an older version. @param program its path */
export function cellgateOf(name: string, program: string): Contender {
  return {
    name,
    listeners: ['http', 'https', 'h2c', 'tcp'],
    missing: () => (existsSync(program) ? undefined : `${program} is not there`),
    start: (setting) =>
      setting.listener === 'tcp' ? startTcp(program, setting) : startHttp(program, setting),
  };
}

async function startHttp(program: string, setting: Setting): Promise<RunningProxy> {
  const { listener, originPort, routes } = setting;
  const [tlsPort] = (await freePorts(1)) as [number];
  const running = await startCellgate({
    ...setting,
    program,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    // The measured route comes last: once it answers, the others are in the table.
    registrations: tableOf(routes, originPort),
    keys: {
      // There are no heartbeats while others are measured.
      droplet_stale_threshold: '1h',
      backends: { max_conns: 0 },
      max_idle_conns: 8000,
      max_idle_conns_per_host: 8000,
      ...(listener === 'https' && tlsKeys(tlsPort, setting)),
    },
    cellgateKeys: { max_connections: 0, h2c: listener === 'h2c' },
  });
  return listener === 'https' ? { ...running, port: tlsPort } : running;
}

function tlsKeys(port: number, { certificate }: Setting): object {
  const pem = (path: string) => readFileSync(path, 'utf8');
  return {
    enable_ssl: true,
    ssl_port: port,
    tls_pem: [{ cert_chain: pem(certificate!.cert), private_key: pem(certificate!.key) }],
    cipher_suites: CIPHER,
    client_cert_validation: 'none',
    max_tls_version: 'TLSv1.3',
  };
}

async function startTcp(program: string, setting: Setting): Promise<RunningProxy> {
  const [port] = (await freePorts(1)) as [number];
  const tcp = {
    listen_host: '127.0.0.1',
    reservable_ports: String(port),
    routes: [{ port, backends: [`127.0.0.1:${setting.originPort}`] }],
  };
  const running = await startCellgate({ ...setting, program, registrations: [], cellgateKeys: { tcp } });
  return { ...running, port };
}
