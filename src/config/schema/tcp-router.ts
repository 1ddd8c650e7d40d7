import { z } from 'zod';
import { MAX_PROXY_THREADS } from './cellgate.ts';
import {
  certificates,
  choice,
  derived,
  duration,
  flag,
  integer,
  list,
  noEffect,
  numbers,
  port,
  ports,
  privateKey,
  REQUIRED,
  secret,
  text,
  texts,
} from './field.ts';
import { anyDuration } from './lenient.ts';
import { natsKeys } from './nats.ts';
import { snapshotKeys } from './snapshot.ts';
import { tcpKeys } from './tcp.ts';

/** What cf-tcp-router takes a negative `drain_wait` for (docs/compatibility.md §7.1). */
const DEFAULT_DRAIN_WAIT_MS = 20_000;

/** The keys of tcp_router.yml, named and nested as cf-tcp-router does, and our own under `nats` and `cellgate`. */
export const tcpRouterFileSchema = z.object({
  oauth: z.object({
    token_endpoint: text('Host of the UAA.', ''),
    port: port('Its port, with TLS; required where the routing API asks for tokens.', 0),
    skip_ssl_validation: flag('Whether to trust any certificate of the UAA.', false),
    client_name: text('Name of the client at the UAA.', ''),
    client_secret: secret('Its secret.'),
    ca_certs: text("Path of a file with the UAA's certification authorities.", ''),
  }),
  routing_api: z.object({
    uri: text('Address of the routing API, with its scheme; empty: there is none.', ''),
    port: port('Its port; 0: there is no routing API.', 0),
    auth_disabled: flag('Whether the routing API asks for no token.', false),
    client_cert_path: text('Path of the certificate shown to it; empty: none is.', ''),
    client_private_key_path: text("Path of the certificate's key.", ''),
    ca_cert_path: text(
      'Path of a file with those who may have signed its certificate; empty: the authorities of the system.',
      '',
    ),
  }),
  haproxy_pid_file: noEffect(text('Where HAProxy writes its process id.', ''), 'there is no HAProxy'),
  isolation_segments: texts('segment names', 'See `cellgate.routing_table_sharding_mode`.', []),
  reserved_system_component_ports: numbers(
    'ports',
    'Ports of other components: never opened, and no router group may give them away.',
    [],
  ),
  drain_wait: anyDuration(
    'How long health checks fail before the ports close; a negative one stands for `20s`.',
    '0s',
    DEFAULT_DRAIN_WAIT_MS,
  ),
  backend_tls: z.object({
    enabled: flag('Whether TLS is spoken to backends that are registered with a TLS port.', false),
    ca_cert_path: text(
      'Path of a file with those who must have signed their certificates; required with `enabled`.',
      '',
    ),
    client_cert_and_key_path: text(
      'Path of a file with the certificate shown to those that ask for one, and its key.',
      '',
    ),
  }),
  frontend_tls: list(
    z.object({
      name: text('A name of its own: letters, digits, `_` and `-`.', REQUIRED),
      cert_chain: certificates('Certificate with its chain.', REQUIRED),
      private_key: privateKey("The certificate's key.", REQUIRED),
    }),
    'certificates',
    'For routes with `terminate_frontend_tls`. The first is for clients that name no host, or one that none is for.',
    [],
  ),
  nats: z.object({
    ...natsKeys.nats.shape,
    hosts: list(
      z.object({
        hostname: text('Name or address of a NATS server.', REQUIRED),
        port: integer(1, 65_535, 'Its client port.', REQUIRED),
      }),
      'servers',
      'The NATS cluster on which TCP routes are registered too; empty: none is.',
      [],
    ),
  }),
  nats_client_ping_interval: natsKeys.nats_client_ping_interval,
  cellgate: z.object({
    proxy_threads: derived(integer(1, MAX_PROXY_THREADS, 'Threads that carry traffic.', 1), 'one per core'),
    routing_table_sharding_mode: derived(
      choice(
        ['all', 'segments', 'shared-and-segments'],
        'Whether to serve routes of all isolation segments, as cf-tcp-router does, of those in `isolation_segments` alone, or of those and of none.',
        'all',
      ),
      '`segments` where `isolation_segments` has any, else `all`',
    ),
    drain_timeout: duration('How long connections may go on once the ports are closed.', '0s'),
    status: z.object({
      host: text(
        'Address the health listener binds to; `0.0.0.0`, as in Go, or `::`: all, of IPv4 and IPv6.',
        '0.0.0.0',
      ),
      port: derived(port('`/health` and `/metrics`.', 0), 'none: not opened'),
      user: text('User name for `/metrics` and `/tcp_routes`; empty: nobody is let in.', ''),
      pass: secret('Password for them.'),
      tls: z.object({
        port: derived(port('`/health` with TLS.', 0), 'none: not opened'),
        certificate: certificates('Its certificate.'),
        key: privateKey("The certificate's key."),
      }),
      routes: z.object({
        port: derived(port('`/tcp_routes`, on 127.0.0.1 only.', 0), 'none: not opened'),
      }),
    }),
    state_dir: text(
      'Folder where the router keeps its snapshot of the TCP routes, see [outages](outages.md); empty: nowhere.',
      '',
    ),
    snapshot: z.object(snapshotKeys),
    tcp: z.object({
      ...tcpKeys,
      reservable_ports: ports(
        'Ports that TCP routes may have; those of the routing API must be in their router group too.',
        '1024-65535',
      ),
      subscription_retry_interval: duration(
        'Time until a broken stream of events is opened again; `-subscriptionRetryInterval` goes before it.',
        '5s',
        100,
      ),
      sync_interval: duration(
        'Time between fetches of the whole list of the routing API; `-syncInterval` goes before it.',
        '1m',
        1000,
      ),
    }),
  }),
});
