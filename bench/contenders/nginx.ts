import { join } from 'node:path';
import { PROXY_CORE } from '../bed.ts';
import type { Contender } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';
import { nginxConfig } from '../nginx-config.ts';

export const nginx: Contender = {
  name: 'nginx',
  missing: () => (findProgram('nginx') ? undefined : 'not installed: apt-get install nginx'),
  async start({ bed, originPort }) {
    const [port] = (await freePorts(1)) as [number];
    const accessLog = join(bed.directory, 'nginx-access.log');
    const config = bed.write(
      'nginx.conf',
      nginxConfig(bed.directory, 'nginx', http(port, originPort, accessLog)),
    );
    const daemon = bed.start('nginx', PROXY_CORE, findProgram('nginx')!, ['-e', 'stderr', '-c', config]);
    return { daemon, port, accessLog };
  },
};

function http(port: number, originPort: number, accessLog: string): string {
  return `
  access_log ${accessLog};
  upstream origin {
    server 127.0.0.1:${originPort};
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Vcap-Request-Id $request_id;
    }
  }`;
}
