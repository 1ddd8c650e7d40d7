/** What a thread counts. A name's place is its cell in the thread's row. */
export const COUNTERS = [
  'requests',
  'rejected_requests',
  'bad_gateways',
  'refused_messages',
  'backend_attempts',
  'retries',
  'responses_2xx',
  'responses_3xx',
  'responses_4xx',
  'responses_5xx',
  'responses_xxx',
  'turned_away',
  'downstream_opened',
  'downstream_closed',
  'upstream_opened',
  'upstream_closed',
  'access_log_dropped',
  'envelopes_dropped',
  'backend_exhausted_conns',
  'backend_invalid_id',
  'backend_invalid_tls_cert',
  'backend_tls_handshake_failed',
  'tls_handshakes',
  'tls_handshakes_failed',
  'tls_handshakes_resumed',
  'tls_handshakes_1_3',
  'proxy_headers_refused',
  'debug_tokens_refused',
  'websocket_upgrades',
  'websocket_failures',
  'empty_content_length_header',
  'route_services_2xx',
  'route_services_3xx',
  'route_services_4xx',
  'route_services_5xx',
  'route_services_xxx',
  'panics_stream',
  'panics_exchange',
  'panics_connection',
  'panics_message',
  'panics_round',
  'panics_part',
  'threads_stuck',
  'threads_replaced',
  'table_differences',
  'oddities_bare_line_end',
  'oddities_folded_line',
  'oddities_length_and_encoding',
  'oddities_many_content_lengths',
  'oddities_unassigned_status',
  'http2_continuations',
  'http2_heads',
  'http2_late_frames',
  'http2_malformed',
  'http2_memory',
  'http2_pings',
  'http2_priorities',
  'http2_protocol',
  'http2_resets',
  'http2_settings',
  'http2_silence',
  'http2_small_data',
  'http2_unknown_frames',
  'http2_window_updates',
  'spans_exported',
  'spans_dropped',
  'spans_refused',
] as const;

export type CounterName = (typeof COUNTERS)[number];

/** A row padded to whole cache lines, so that threads do not slow each other down. */
const ROW = Math.ceil(COUNTERS.length / 8) * 8;

const INDEX = Object.fromEntries(COUNTERS.map((name, index) => [name, index])) as Record<CounterName, number>;
export const REQUESTS = INDEX.requests;
export const REJECTED_REQUESTS = INDEX.rejected_requests;
export const BAD_GATEWAYS = INDEX.bad_gateways;
export const REFUSED_MESSAGES = INDEX.refused_messages;
export const BACKEND_ATTEMPTS = INDEX.backend_attempts;
export const RETRIES = INDEX.retries;
const RESPONSES_2XX = INDEX.responses_2xx;
export const TURNED_AWAY = INDEX.turned_away;
export const DOWNSTREAM_OPENED = INDEX.downstream_opened;
export const DOWNSTREAM_CLOSED = INDEX.downstream_closed;
export const UPSTREAM_OPENED = INDEX.upstream_opened;
export const UPSTREAM_CLOSED = INDEX.upstream_closed;
export const ACCESS_LOG_DROPPED = INDEX.access_log_dropped;
export const ENVELOPES_DROPPED = INDEX.envelopes_dropped;
export const BACKEND_EXHAUSTED_CONNS = INDEX.backend_exhausted_conns;
export const BACKEND_INVALID_ID = INDEX.backend_invalid_id;
export const BACKEND_INVALID_TLS_CERT = INDEX.backend_invalid_tls_cert;
export const BACKEND_TLS_HANDSHAKE_FAILED = INDEX.backend_tls_handshake_failed;
export const TLS_HANDSHAKES = INDEX.tls_handshakes;
export const TLS_HANDSHAKES_FAILED = INDEX.tls_handshakes_failed;
export const TLS_HANDSHAKES_RESUMED = INDEX.tls_handshakes_resumed;
export const TLS_HANDSHAKES_1_3 = INDEX.tls_handshakes_1_3;
export const PROXY_HEADERS_REFUSED = INDEX.proxy_headers_refused;
export const DEBUG_TOKENS_REFUSED = INDEX.debug_tokens_refused;
export const WEBSOCKET_UPGRADES = INDEX.websocket_upgrades;
export const WEBSOCKET_FAILURES = INDEX.websocket_failures;
export const EMPTY_CONTENT_LENGTH_HEADER = INDEX.empty_content_length_header;
const ROUTE_SERVICES_2XX = INDEX.route_services_2xx;
export const THREADS_STUCK = INDEX.threads_stuck;
export const THREADS_REPLACED = INDEX.threads_replaced;
export const TABLE_DIFFERENCES = INDEX.table_differences;
export const SPANS_EXPORTED = INDEX.spans_exported;
export const SPANS_DROPPED = INDEX.spans_dropped;
export const SPANS_REFUSED = INDEX.spans_refused;

/** What is given up when something has thrown. */
export type PanicKind = 'stream' | 'exchange' | 'connection' | 'message' | 'round' | 'part';

export function panicCounter(kind: PanicKind): number {
  return INDEX[`panics_${kind}`];
}

/** What is tolerated in responses of applications (docs/compatibility.md §3.9). */
type Oddity =
  | 'bare_line_end'
  | 'folded_line'
  | 'length_and_encoding'
  | 'many_content_lengths'
  | 'unassigned_status';

export function oddityCounter(name: Oddity): number {
  return INDEX[`oddities_${name}`];
}

/** Why a client on HTTP/2 was refused, or had to go: by the names of what there was too much of, or what was wrong. */
export type Http2Refusal = Extract<CounterName, `http2_${string}`>;

const HTTP2_REFUSALS: readonly Http2Refusal[] = COUNTERS.filter((name) =>
  name.startsWith('http2_'),
) as Http2Refusal[];

export function isHttp2Refusal(name: string): name is Http2Refusal {
  return (HTTP2_REFUSALS as readonly string[]).includes(name);
}

export function http2RefusalCounter(name: Http2Refusal): number {
  return INDEX[name];
}

/** The counter of responses with this status. */
export function responseCounter(status: number): number {
  return RESPONSES_2XX + statusGroup(status);
}

/** The counter of responses of route services with this status. */
export function routeServiceCounter(status: number): number {
  return ROUTE_SERVICES_2XX + statusGroup(status);
}

/** From 0 for 2xx to 3 for 5xx, and 4 for all others. */
export function statusGroup(status: number): number {
  const group = Math.floor(status / 100) - 2;
  return group >= 0 && group <= 3 ? group : 4;
}

/** One thread's own row: written by that thread only, so a plain addition is enough. */
export class ThreadCounters {
  readonly #row: Float64Array;

  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#row = new Float64Array(memory, thread * ROW * Float64Array.BYTES_PER_ELEMENT, ROW);
  }

  static allocate(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer(threads * ROW * Float64Array.BYTES_PER_ELEMENT);
  }

  add(counter: number): void {
    this.#row[counter]!++;
  }

  addBy(counter: number, amount: number): void {
    this.#row[counter]! += amount;
  }

  get(counter: number): number {
    return this.#row[counter]!;
  }
}

/** The sum of a counter over all rows. */
export function total(memory: SharedArrayBuffer, name: CounterName): number {
  const cells = new Float64Array(memory);
  let sum = 0;
  for (let at = INDEX[name]; at < cells.length; at += ROW) sum += cells[at]!;
  return sum;
}
