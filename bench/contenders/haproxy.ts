import { CIPHER } from '../certificate.ts';
import type { Contender, Setting } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';

export const haproxy = contender('haproxy', '');

/**
 * By itself HAProxy has the kernel hold back what more will follow, up to 200 ms: a stream of 1 KiB each 30 ms arrives
 * in one piece. This one passes on what it gets, as Cellgate does.
 */
export const promptHaproxy = contender('haproxy-prompt', 'option http-no-delay');

function contender(name: string, option: string): Contender {
  return {
    name,
    compiled: true,
    listeners: option === '' ? ['http', 'https', 'h2c', 'tcp'] : ['http'],
    missing: () => (findProgram('haproxy') ? undefined : 'not installed: apt-get install haproxy'),
    async start(setting) {
      const { bed, label, cores } = setting;
      const [port] = (await freePorts(1)) as [number];
      const config = bed.write(`${label}.cfg`, configuration(port, setting, option));
      const daemon = bed.start(label, cores, findProgram('haproxy')!, ['-db', '-f', config]);
      return { daemon, port, accessLog: daemon.output };
    },
  };
}

/** @param option one more line of the defaults, or empty */
function configuration(port: number, setting: Setting, option: string): string {
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
  ${option}
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
