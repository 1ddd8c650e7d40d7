import { availableParallelism } from 'node:os';
import type { z } from 'zod';
import { descriptorShare } from './descriptor-share.ts';
import { faults } from './rules.ts';
import { MAX_PROXY_THREADS } from './schema/cellgate.ts';
import { fileSchema } from './schema-file.ts';

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
    drain_timeout: file.drain_timeout ?? file.endpoint_timeout,
    http_1_endpoint_timeout: file.http_1_endpoint_timeout ?? file.endpoint_timeout,
    http_2_endpoint_timeout: file.http_2_endpoint_timeout ?? file.endpoint_timeout,
    websocket_dial_timeout: file.websocket_dial_timeout ?? file.endpoint_dial_timeout,
    // An endpoint must outlive the gathering of routes it was registered in (docs/compatibility.md §1.7).
    droplet_stale_threshold: Math.max(file.droplet_stale_threshold, file.start_response_delay_interval),
    max_request_header_bytes: Math.min(
      file.max_request_header_bytes || MAX_REQUEST_HEADER_BYTES,
      MAX_REQUEST_HEADER_BYTES,
    ),
    max_response_header_bytes: file.max_response_header_bytes || DEFAULT_RESPONSE_HEADER_BYTES,
    max_idle_conns_per_host: Math.min(
      file.max_idle_conns_per_host || DEFAULT_IDLE_CONNS_PER_HOST,
      file.max_idle_conns || Number.POSITIVE_INFINITY,
    ),
    backends: { ...file.backends, max_attempts: Math.max(file.backends.max_attempts, 1) },
    cellgate: {
      ...file.cellgate,
      max_connections: file.cellgate.max_connections ?? descriptorShare(),
      proxy_threads: file.cellgate.proxy_threads ?? Math.min(availableParallelism(), MAX_PROXY_THREADS),
    },
  }));

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Durations in milliseconds, sizes in bytes; otherwise as docs/configuration.md says. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
