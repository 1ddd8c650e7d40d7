import { findProgram } from '../../bench/find-program.ts';
import { nginxConfig } from '../../bench/nginx-config.ts';
import { valuesOf } from '../reader/naive-grammar.ts';
import type { Reading, ReadMessage } from '../reader/reading.ts';

/** A reverse proxy that can be asked how it reads: what it sends on shows what it has understood. */
export interface ProxyKind {
  readonly name: string;
  readonly command: () => string | undefined;
  readonly args: (directory: string, config: string) => readonly string[];
  readonly configuration: (directory: string, port: number, originPort: number) => string;
  /** Whether it is known to refuse such a message. */
  readonly refuses: (message: ReadMessage) => boolean;
  /** Lower-case names of fields that it changes on its way, besides those of one hop. */
  readonly changes: readonly string[];
  /** Whether it is known to misread such a response: then it is not asked. */
  readonly misreads: (response: Reading) => boolean;
}

function hasInterim({ messages }: Reading): boolean {
  return messages.some(({ start }) => start.startsWith('1'));
}

function endsWithConnection({ messages }: Reading): boolean {
  const names = messages.at(-1)?.fields.map(([name]) => name.toLowerCase());
  return names !== undefined && !names.includes('content-length') && !names.includes('transfer-encoding');
}

export const haproxy: ProxyKind = {
  name: 'HAProxy',
  command: () => findProgram('haproxy'),
  args: (_directory, config) => ['-db', '-f', config],
  configuration: (_directory, port, originPort) => `
global
  nbthread 1
  maxconn 256
  tune.bufsize 262144
  tune.http.maxhdr 1000
defaults
  mode http
  option accept-invalid-http-request
  option accept-invalid-http-response
  option http-server-close
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen fuzz
  bind 127.0.0.1:${port}
  server origin 127.0.0.1:${originPort}
`,
  // It judges keys for WebSockets, and takes PRI for the preface of HTTP/2.
  refuses: ({ fields, start }) =>
    valuesOf(fields, 'sec-websocket-key').length > 0 || start.startsWith('PRI '),
  changes: [],
  // 2.6 takes a reset for the end of a body; behind a 1xx, it gives a chunked body that breaks off its last chunk.
  misreads: (response) => response.end !== 'whole' && (hasInterim(response) || endsWithConnection(response)),
};

export const nginx: ProxyKind = {
  name: 'nginx',
  command: () => findProgram('nginx'),
  args: (_directory, config) => ['-e', 'stderr', '-c', config],
  configuration: (directory, port, originPort) =>
    nginxConfig(
      directory,
      'fuzz',
      `
  access_log off;
  client_header_buffer_size 128k;
  large_client_header_buffers 4 128k;
  client_max_body_size 0;
  ignore_invalid_headers off;
  underscores_in_headers on;
  merge_slashes off;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${originPort};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_ignore_client_abort on;
      proxy_buffer_size 128k;
      proxy_buffers 4 128k;
      proxy_redirect off;
      proxy_next_upstream off;
    }
  }`,
    ),
  // It decodes and resolves the path, its methods are upper case, and it wants some fields once.
  refuses: ({ start, fields }) =>
    !/^[A-Z_-]+ \/(?!.*%|.*\.\.)/.test(start) || valuesOf(fields, 'expect').length > 1,
  changes: ['content-type'],
  // 1.22 takes a 1xx for the response.
  misreads: hasInterim,
};
