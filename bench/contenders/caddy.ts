import { join } from 'node:path';
import type { Contender, Setting } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';

export const caddy: Contender = {
  name: 'caddy',
  compiled: true,
  listeners: ['http', 'https', 'h2c'],
  missing: () => (findProgram('caddy') ? undefined : 'not installed: apt-get install caddy'),
  async start(setting) {
    const { bed, label, cores } = setting;
    const [port] = (await freePorts(1)) as [number];
    const accessLog = join(bed.directory, `${label}-access.log`);
    const config = bed.write(`${label}.json`, JSON.stringify(configuration(port, setting, accessLog)));
    const home = join(bed.directory, `${label}-home`);
    const daemon = bed.start(label, cores, 'env', [
      ...[`XDG_CONFIG_HOME=${home}`, `XDG_DATA_HOME=${home}`, findProgram('caddy')!],
      ...['run', '--config', config],
    ]);
    return { daemon, port, accessLog };
  },
};

function configuration(port: number, setting: Setting, accessLog: string): object {
  const { listener, originPort, certificate } = setting;
  const server = {
    listen: [`127.0.0.1:${port}`],
    protocols: listener === 'h2c' ? ['h1', 'h2', 'h2c'] : ['h1', 'h2'],
    automatic_https: { disable: true },
    logs: {},
    routes: [{ handle: [reverseProxy(originPort)] }],
    ...(listener === 'https' && { tls_connection_policies: [{}] }),
  };
  const files = certificate && [{ certificate: certificate.cert, key: certificate.key }];
  return {
    admin: { disabled: true, config: { persist: false } },
    logging: {
      logs: {
        default: { exclude: ['http.log.access'] },
        access: {
          writer: { output: 'file', filename: accessLog, roll: false },
          include: ['http.log.access'],
        },
      },
    },
    apps: {
      http: { servers: { bench: server } },
      ...(files && { tls: { certificates: { load_files: files } } }),
    },
  };
}

function reverseProxy(originPort: number): object {
  return {
    handler: 'reverse_proxy',
    headers: { request: { set: { 'X-Vcap-Request-Id': ['{http.request.uuid}'] } } },
    transport: { protocol: 'http', keep_alive: { max_idle_conns_per_host: 1024 } },
    upstreams: [{ dial: `127.0.0.1:${originPort}` }],
  };
}
