import { CIPHER } from '../certificate.ts';
import type { Contender, Setting } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';

export const haproxy: Contender = {
  name: 'haproxy',
  compiled: true,
  listeners: ['http', 'https', 'h2c', 'tcp'],
  missing: () => (findProgram('haproxy') ? undefined : 'not installed: apt-get install haproxy'),
  async start(setting) {
    const { bed, label, cores } = setting;
    const [port] = (await freePorts(1)) as [number];
    const config = bed.write(`${label}.cfg`, configuration(port, setting));
    const daemon = bed.start(label, cores, findProgram('haproxy')!, ['-db', '-f', config]);
    return { daemon, port, accessLog: daemon.output };
  },
};

function configuration(port: number, setting: Setting): string {
  return `
global
  nbthread ${setting.threads}
  maxconn 12000
  no strict-limits
  log stdout format raw local0
  ssl-default-bind-ciphers ${CIPHER}
defaults
  log global
  timeout connect 5s
  timeout client 60s
  timeout server 60s
${setting.listener === 'tcp' ? tcp(port, setting) : http(port, setting)}`;
}

function tcp(port: number, { originPort }: Setting): string {
  return `listen bench
  mode tcp
  option tcplog
  bind 127.0.0.1:${port} backlog 4096
  server origin 127.0.0.1:${originPort}
`;
}

function http(port: number, setting: Setting): string {
  return `frontend bench
  mode http
  option httplog
  option http-keep-alive
  option forwardfor
  bind 127.0.0.1:${port} backlog 4096 ${bindOptions(setting)}
  unique-id-format %[uuid()]
  unique-id-header X-Vcap-Request-Id
  default_backend origin
backend origin
  mode http
  http-reuse always
  server origin 127.0.0.1:${setting.originPort}
`;
}

function bindOptions({ listener, certificate }: Setting): string {
  if (listener === 'https') return `ssl crt ${certificate!.both} alpn h2,http/1.1`;
  return listener === 'h2c' ? 'proto h2' : '';
}
