import { PROXY_CORE } from '../bed.ts';
import type { Contender } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';

export const haproxy: Contender = {
  name: 'haproxy',
  missing: () => (findProgram('haproxy') ? undefined : 'not installed: apt-get install haproxy'),
  async start({ bed, originPort }) {
    const [port] = (await freePorts(1)) as [number];
    const config = bed.write('haproxy.cfg', configuration(port, originPort));
    const daemon = bed.start('haproxy', PROXY_CORE, findProgram('haproxy')!, ['-db', '-f', config]);
    return { daemon, port, accessLog: daemon.output };
  },
};

function configuration(port: number, originPort: number): string {
  return `
global
  nbthread 1
  maxconn 4096
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option http-keep-alive
  option forwardfor
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend bench
  bind 127.0.0.1:${port}
  unique-id-format %[uuid()]
  unique-id-header X-Vcap-Request-Id
  default_backend origin
backend origin
  server origin 127.0.0.1:${originPort}
`;
}
