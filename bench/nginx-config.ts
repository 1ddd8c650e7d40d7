import { getuid } from 'node:process';

/** A whole nginx configuration that touches nothing outside `directory`. `http` is the body of the http block. */
export function nginxConfig(directory: string, name: string, http: string): string {
  return `
daemon off;
worker_processes 1;
pid ${directory}/${name}.pid;
${getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 19900; }
http {
  default_type text/plain;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((kind) => `  ${kind}_temp_path ${directory}/${name}-${kind};`)
  .join('\n')}
${http}
}
`;
}
