import {
  B3,
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  HOST_FIELD,
  HTTP2_SETTINGS,
  KEEP_ALIVE,
  MAX_FORWARDS,
  NAME_COUNT,
  PROXY_AUTHENTICATE,
  PROXY_AUTHORIZATION,
  PROXY_CONNECTION,
  TE,
  TRACEPARENT,
  TRACESTATE,
  TRAILER,
  TRANSFER_ENCODING,
  UPGRADE,
  X_B3_SPANID,
  X_B3_TRACEID,
  X_CF_APP_INSTANCE,
  X_CF_APPLICATION_ID,
  X_CF_FORWARDED_URL,
  X_CF_INSTANCE_ID,
  X_CF_INSTANCE_INDEX,
  X_CF_PROXY_METADATA,
  X_CF_PROXY_SIGNATURE,
  X_FORWARDED_CLIENT_CERT,
  X_FORWARDED_FOR,
  X_FORWARDED_PROTO,
  X_VCAP_REQUEST_ID,
} from '../message/field-name.ts';
import { CHUNKED } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import { ABSENT, type Request } from '../message/request.ts';
import { keptLines } from './kept-lines.ts';
import { REPLACES_B3, REPLACES_B3_PAIR, REPLACES_W3C, type Trace } from './trace.ts';

/** Lines that are never forwarded as they came: they belong to this hop, or the router writes its own. */
const REPLACED = new Uint8Array(NAME_COUNT);
for (const id of [
  CONTENT_LENGTH,
  TRANSFER_ENCODING,
  CONNECTION,
  KEEP_ALIVE,
  PROXY_CONNECTION,
  PROXY_AUTHENTICATE,
  PROXY_AUTHORIZATION,
  TE,
  TRAILER,
  UPGRADE,
  HTTP2_SETTINGS,
  X_FORWARDED_FOR,
  X_FORWARDED_PROTO,
  X_VCAP_REQUEST_ID,
  X_CF_APPLICATION_ID,
  X_CF_INSTANCE_INDEX,
  X_CF_INSTANCE_ID,
  X_CF_APP_INSTANCE,
]) {
  REPLACED[id] = 1;
}

/** Bits of a number that says which further lines are replaced. The router writes Host where the request line changes. */
const BY_ROUTER = 1;
/** RFC 9110 §10.1.1: what an HTTP/1.0 client expects is ignored. */
const OF_HTTP_1_0 = 2;
/** RFC 9110 §7.6.2: to OPTIONS this one counts down. */
const OF_OPTIONS = 4;
/** On the way to a route service, which the router alone may sign for, and back (docs/compatibility.md §4.2). */
const SIGNED = 64;
/** docs/compatibility.md §3.6. */
const OF_CLIENT_CERT = 128;
const IDS: readonly (readonly [bit: number, ids: readonly number[]])[] = [
  [BY_ROUTER, [HOST_FIELD]],
  [OF_HTTP_1_0, [EXPECT]],
  [OF_OPTIONS, [MAX_FORWARDS]],
  [REPLACES_B3, [B3]],
  [REPLACES_B3_PAIR, [X_B3_TRACEID, X_B3_SPANID]],
  [REPLACES_W3C, [TRACEPARENT, TRACESTATE]],
  [SIGNED, [X_CF_PROXY_SIGNATURE, X_CF_PROXY_METADATA, X_CF_FORWARDED_URL]],
  [OF_CLIENT_CERT, [X_FORWARDED_CLIENT_CERT]],
];
const TABLES = Array.from({ length: 1 << IDS.length }, (_, bits) => {
  const table = REPLACED.slice();
  for (const [bit, ids] of IDS) if (bits & bit) for (const id of ids) table[id] = 1;
  return table;
});

/** Where a request goes instead of where the client sent it. */
export interface Redirection {
  /** For the Host line. */
  readonly authority: string;
  readonly target: string;
  /** Header lines that go with it. */
  readonly lines: string;
}

/** What the router says of its own accord in a forwarded request. */
export interface Forwarding {
  /** X-Forwarded-For and X-Forwarded-Proto lines, and X-Forwarded-Client-Cert where the router writes it. */
  readonly forwardedLines: string;
  /** Whether the client's X-Forwarded-Client-Cert goes no further. */
  readonly dropsClientCert: boolean;
  /** Unix milliseconds as text; used when the client sent no X-Request-Start. */
  readonly requestStart: string;
  readonly requestId: string;
  /** From `endpointTexts`. */
  readonly endpointLines: string;
  readonly keepAlive: boolean;
  /** The protocol to switch to, or `null`. */
  readonly upgradeTo: string | null;
  readonly protectedNames: readonly string[];
  /** Its lines go out with the router's own. */
  readonly trace: Trace | null;
  /** Whether the request is on its way to a route service or has come back from one. */
  readonly signed: boolean;
  readonly redirection: Redirection | null;
}

/** The request head as the backend gets it: always HTTP/1.1, always framed by us, client's lines in their order. */
export function requestHead(head: Head, request: Request, f: Forwarding): string {
  let text = kept(head, request, f) + f.forwardedLines;
  if (f.trace !== null) text += f.trace.lines;
  if (request.requestStart === ABSENT) text += 'X-Request-Start: ' + f.requestStart + '\r\n';
  text += 'X-Vcap-Request-Id: ' + f.requestId + '\r\n' + f.endpointLines;
  if (request.bodyLength === CHUNKED) text += 'Transfer-Encoding: chunked\r\n';
  else if (request.statesLength) text += 'Content-Length: ' + String(request.bodyLength) + '\r\n';
  if (f.upgradeTo !== null) return text + 'Connection: Upgrade\r\nUpgrade: ' + f.upgradeTo + '\r\n\r\n';
  if (request.te !== ABSENT && acceptsTrailers(head.value(request.te))) {
    // RFC 9110 §10.1.4: TE goes with a Connection option of its own.
    text += f.keepAlive ? 'TE: trailers\r\nConnection: TE\r\n' : 'TE: trailers\r\nConnection: TE, close\r\n';
  } else if (!f.keepAlive) {
    text += 'Connection: close\r\n';
  }
  return text + '\r\n';
}

/** The request line and the lines that pass; the line is the client's own unless its target or version changes. */
function kept(head: Head, request: Request, f: Forwarding): string {
  const { protectedNames, redirection } = f;
  const replaced =
    (f.trace === null ? 0 : f.trace.replaces) +
    (f.signed ? SIGNED : 0) +
    (f.dropsClientCert ? OF_CLIENT_CERT : 0);
  const { named } = request.connection;
  const countsDown = request.maxForwards !== ABSENT;
  if (request.targetUnchanged && !request.http10 && !countsDown && redirection === null) {
    return keptLines(head, head.methodStart, TABLES[replaced]!, named, protectedNames);
  }
  const target = redirection?.target ?? request.target;
  let start = `${request.method} ${target} HTTP/1.1\r\nHost: ${redirection?.authority ?? request.host}\r\n`;
  if (countsDown) start += `Max-Forwards: ${request.maxForwards - 1}\r\n`;
  const all = replaced + BY_ROUTER + (request.http10 ? OF_HTTP_1_0 : 0) + (countsDown ? OF_OPTIONS : 0);
  const lines = keptLines(head, -1, TABLES[all]!, named, protectedNames);
  return start + lines + (redirection?.lines ?? '');
}

/** `forwardedFor` and `forwardedProto` as header lines. */
export function forwardedLines(addresses: string, proto: string): string {
  return 'X-Forwarded-For: ' + addresses + '\r\nX-Forwarded-Proto: ' + proto + '\r\n';
}

function acceptsTrailers(te: string): boolean {
  return te.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers');
}
