import { join } from 'node:path';
import { CIPHER } from '../certificate.ts';
import type { Contender, Setting } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';
import { nginxConfig } from '../nginx-config.ts';

export const nginx: Contender = {
  name: 'nginx',
  compiled: true,
  listeners: ['http', 'https', 'h2c'],
  missing: () => (findProgram('nginx') ? undefined : 'not installed: apt-get install nginx'),
  async start(setting) {
    const { bed, label, cores } = setting;
    const [port] = (await freePorts(1)) as [number];
    const accessLog = join(bed.directory, `${label}-access.log`);
    const config = bed.write(
      `${label}.conf`,
      nginxConfig(bed.directory, label, http(port, setting, accessLog)),
    );
    const daemon = bed.start(label, cores, findProgram('nginx')!, ['-e', 'stderr', '-c', config]);
    return { daemon, port, accessLog };
  },
};

function http(port: number, setting: Setting, accessLog: string): string {
  return `
  access_log ${accessLog};
  upstream origin {
    server 127.0.0.1:${setting.originPort};
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} backlog=4096 ${listenOptions(setting)};
    ${certificate(setting)}
    client_max_body_size 0;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Vcap-Request-Id $request_id;
    }
  }`;
}

function listenOptions({ listener }: Setting): string {
  if (listener === 'https') return 'ssl http2';
  return listener === 'h2c' ? 'http2' : '';
}

function certificate({ certificate }: Setting): string {
  if (certificate === undefined) return '';
  return `ssl_certificate ${certificate.cert};
    ssl_certificate_key ${certificate.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ${CIPHER};`;
}
