import type { z } from 'zod';
import { descriptorShare, listeningSockets, mostOpenFiles } from './descriptor-share.ts';
import { readableBundle } from './pem.ts';
import { proxyThreads } from './proxy-threads.ts';
import { faults } from './rules.ts';
import { fileSchema } from './schema-file.ts';
import { CLIENT_CERT_VALIDATIONS, oneOf, SYSLOG_NETWORKS, TLS_VERSIONS } from './wider-texts.ts';

/** Go's HTTP server takes no more, so gorouter caps its own key there (docs/compatibility.md §3.8). Bytes. */
const MAX_REQUEST_HEADER_BYTES = 1 << 20;

/** What 0 means to Go's HTTP client (docs/compatibility.md §2.10). Bytes. */
const DEFAULT_RESPONSE_HEADER_BYTES = 10 << 20;

/** What 0 means to Go's HTTP client, as above. */
const DEFAULT_IDLE_CONNS_PER_HOST = 2;

/** A whole configuration, defaults laid under it: checked, and with nothing left to derive. */
export const configSchema = fileSchema
  .superRefine((file, context) => {
    for (const { path, message } of faults(file)) {
      context.addIssue({ code: 'custom', path: [...path], message, params: { whole: true } });
    }
  })
  .transform((file) => ({
    ...file,
    // To gorouter 0 is what a key has that is not there, and its BOSH job writes 0 where nobody said anything.
    drain_timeout: file.drain_timeout || file.endpoint_timeout,
    http_1_endpoint_timeout: file.http_1_endpoint_timeout || file.endpoint_timeout,
    http_2_endpoint_timeout: file.http_2_endpoint_timeout || file.endpoint_timeout,
    websocket_dial_timeout: file.websocket_dial_timeout || file.endpoint_dial_timeout,
    // An endpoint must outlive the gathering of routes it was registered in (docs/compatibility.md §1.7).
    droplet_stale_threshold: Math.max(file.droplet_stale_threshold, file.start_response_delay_interval),
    max_request_header_bytes: Math.min(
      file.max_request_header_bytes || file.max_header_bytes || MAX_REQUEST_HEADER_BYTES,
      MAX_REQUEST_HEADER_BYTES,
    ),
    max_response_header_bytes: file.max_response_header_bytes || DEFAULT_RESPONSE_HEADER_BYTES,
    max_idle_conns_per_host: Math.min(
      file.max_idle_conns_per_host || DEFAULT_IDLE_CONNS_PER_HOST,
      file.max_idle_conns || Number.POSITIVE_INFINITY,
    ),
    backends: {
      ...file.backends,
      max_attempts: Math.max(file.backends.max_attempts, 1),
      ...wholePair(file.backends),
    },
    route_services: { ...file.route_services, ...wholePair(file.route_services) },
    logging: { ...file.logging, syslog_network: oneOf(SYSLOG_NETWORKS, file.logging.syslog_network, 'udp') },
    prometheus: { ...file.prometheus, enabled: file.prometheus.enabled ?? file.prometheus.port !== 0 },
    min_tls_version: oneOf(TLS_VERSIONS, file.min_tls_version, 'TLSv1.2'),
    max_tls_version: oneOf(['TLSv1.2', 'TLSv1.3'], file.max_tls_version, 'TLSv1.2'),
    client_cert_validation: oneOf(CLIENT_CERT_VALIDATIONS, file.client_cert_validation, 'none'),
    tls_pem: file.tls_pem.map(({ cert_chain = '', private_key = '' }) => ({ cert_chain, private_key })),
    ca_certs: file.ca_certs.map(readableBundle),
    client_ca_certs: readableBundle(file.client_ca_certs),
    nats: { ...file.nats, ca_certs: readableBundle(file.nats.ca_certs) },
    routing_api: { ...file.routing_api, ca_certs: readableBundle(file.routing_api.ca_certs) },
    domains: file.domains.map((domain) => ({ ...domain, ca_certs: readableBundle(domain.ca_certs) })),
    cellgate: {
      ...file.cellgate,
      decisions: {
        ...file.cellgate.decisions,
        ca_certs: readableBundle(file.cellgate.decisions.ca_certs),
      },
      ...sharesOf(file.cellgate),
    },
  }));

/** Of the machine's cores and of what the process may open. */
function sharesOf(cellgate: { max_connections?: number | undefined; proxy_threads?: number | undefined }) {
  const threads = proxyThreads(cellgate);
  const limit = mostOpenFiles();
  return {
    max_connections: cellgate.max_connections ?? descriptorShare(limit),
    proxy_threads: threads,
    // No key: of each thread, on each port for HTTP.
    listening_sockets: listeningSockets(threads, limit),
  };
}

/** Half a pair is none, to gorouter too. */
function wholePair({ cert_chain, private_key }: { cert_chain: string; private_key: string }) {
  const whole = cert_chain !== '' && private_key !== '';
  return { cert_chain: whole ? cert_chain : '', private_key: whole ? private_key : '' };
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Durations in milliseconds, sizes in bytes; otherwise as docs/configuration.md says. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
