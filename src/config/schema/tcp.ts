import { z } from 'zod';
import {
  addressRanges,
  certificates,
  choice,
  count,
  derived,
  duration,
  flag,
  integer,
  list,
  numbers,
  ports,
  privateKey,
  REQUIRED,
  text,
  texts,
} from './field.ts';

const PROXY_VERSIONS = ['none', 'v1', 'v2'] as const;

const BALANCING = ['least-connection', 'round-robin', 'source-hash'] as const;

/** Keys below `cellgate.tcp`: the TCP router. */
export const tcpKeys = {
  listen_host: text('Address the ports of TCP routes bind to; `::`: all, of IPv4 and IPv6.', '::'),
  reservable_ports: ports('Ports that TCP routes may have; empty: no TCP router.'),
  reserved_ports: numbers('ports', 'Ports of other components that are never opened, whoever asks.', []),
  balancing: choice(
    BALANCING,
    'How connections are spread over the backends of a route.',
    'least-connection',
  ),
  connect_timeout: duration('Longest time to connect to a backend; 0: no limit.', '5s'),
  max_attempts: integer(1, 100, 'Backends tried per connection.', 3),
  failure_mark: duration('How long a backend is passed over after it could not be reached.', '30s'),
  max_connections_per_backend: count('Connections per backend; more wait. 0: no limit.', 0),
  queue_length: count('Connections that may wait for a backend, per port and thread.', 128),
  queue_timeout: duration('Longest wait for a backend; 0: no limit.', '5s'),
  peek_timeout: duration('Longest wait for a ClientHello or a PROXY header where one is needed.', '5s', 1),
  idle_timeout: duration('Longest silence of both sides; 0: no limit.', '300s'),
  keep_alive_interval: duration(
    'Silence after which TCP asks whether the other side still lives.',
    '60s',
    1000,
  ),
  accept_proxy_protocol: ports('Ports on which every client must begin with a PROXY header.'),
  trusted_proxies: addressRanges('Who may send that header; others are cut off.'),
  send_proxy_protocol: choice(
    PROXY_VERSIONS,
    'Version of the PROXY header that tells backends the address of the client.',
    'none',
  ),
  send_proxy_protocol_on: list(
    z.object({
      ports: ports('Ports that differ from that.'),
      version: choice(PROXY_VERSIONS, 'What holds for them.', REQUIRED),
    }),
    'ports and versions',
    'Ports on which it is otherwise; the first that fits counts, and what a route says itself before all.',
    [],
  ),
  frontend_tls: list(
    z.object({
      name: derived(text('A name for people.', ''), 'none'),
      cert_chain: certificates('A certificate, with its intermediates.', REQUIRED),
      private_key: privateKey("The certificate's key.", REQUIRED),
    }),
    'certificates',
    'For routes with `terminate_frontend_tls`. The first is for clients that name no host, or one that none is for.',
    [],
  ),
  backend_tls: z.object({
    enabled: flag('Whether TLS is spoken to backends that are registered with a TLS port.', false),
    ca_certs: certificates('Who must have signed their certificates; required with `enabled`.'),
    cert_chain: certificates('Certificate shown to those that ask for one.'),
    private_key: privateKey("The certificate's key."),
  }),
  sync_interval: duration('Time between fetches of the whole list of the routing API.', '1m', 1000),
  subscription_retry_interval: duration('Time until its broken stream of events is opened again.', '5s', 100),
  log_file: text('File that gets one line of JSON per connection at its end; empty: none.', ''),
  routes: list(
    z.object({
      port: integer(1, 65_535, 'Port clients connect to, one of the reservable.', REQUIRED),
      sni_hostname: derived(
        text('Server name, `name` or `*.parent`.', ''),
        'none: whoever names no known one',
      ),
      backends: texts('addresses', 'Backends as `host:port`.', []),
      terminate_frontend_tls: derived(flag('Whether TLS with clients ends at the router.', false), 'false'),
      alpns: derived(
        texts(
          'names',
          'Protocols that clients may agree on then, or that backends with TLS are offered.',
          [],
        ),
        'none',
      ),
      backend_tls: derived(flag('Whether TLS is spoken to the backends.', false), 'false'),
      server_cert_domain_san: derived(
        text("What the backends' certificates must name.", ''),
        "each backend's host",
      ),
      sni_rewrite_hostname: derived(text('Server name the backends are called by.', ''), 'none'),
      enable_backend_mtls: derived(
        flag('Whether they are shown a certificate also when TLS with clients ends here.', false),
        'false',
      ),
      send_proxy_protocol: derived(
        choice(PROXY_VERSIONS, 'As above, for this route.', REQUIRED),
        'that of the port',
      ),
    }),
    'routes',
    'Routes that are always there, besides those that are registered.',
    [],
  ),
};
