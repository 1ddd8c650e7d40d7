import { ANY_CORE, type Bed, type Daemon } from '../bed.ts';
import { type Certificate, CIPHER } from '../certificate.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';
import { reach } from '../registrar.ts';

/** HAProxy with two threads in front of one backend; ports on loopback. */
export interface RunningHaproxy {
  readonly daemon: Daemon;
  readonly http: number;
  readonly h2c: number;
  readonly tls: number;
}

/** Returns once it listens; `null`: it is not installed. @throws CannotStart when it ends */
export async function startHaproxy(
  bed: Bed,
  certificate: Certificate,
  origin: number,
): Promise<RunningHaproxy | null> {
  const program = findProgram('haproxy');
  if (program === undefined) return null;
  const [http, h2c, tls] = (await freePorts(3)) as [number, number, number];
  const config = bed.write('haproxy.cfg', configuration({ http, h2c, tls }, certificate, origin));
  const daemon = bed.start('haproxy', ANY_CORE, program, ['-db', '-f', config]);
  for (const port of [http, h2c, tls]) (await reach(daemon, port)).destroy();
  return { daemon, http, h2c, tls };
}

function configuration(
  { http, h2c, tls }: Pick<RunningHaproxy, 'http' | 'h2c' | 'tls'>,
  { both }: Certificate,
  origin: number,
): string {
  return `
global
  nbthread 2
  maxconn 12000
  no strict-limits
  log stdout format raw local0
  ssl-default-bind-ciphers ${CIPHER}
defaults
  mode http
  log global
  option httplog
  option forwardfor
  option http-no-delay
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend clients
  bind 127.0.0.1:${http} backlog 4096
  bind 127.0.0.1:${h2c} backlog 4096 proto h2
  bind 127.0.0.1:${tls} backlog 4096 ssl crt ${both} alpn h2,http/1.1
  unique-id-format %[uuid()]
  unique-id-header X-Vcap-Request-Id
  default_backend origin
backend origin
  http-reuse always
  server origin 127.0.0.1:${origin}
`;
}
