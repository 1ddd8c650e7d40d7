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
  X_CELLGATE_DEBUG,
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
import type { HeadSink } from '../message/head-sink.ts';
import type { OwnLines } from '../message/own-lines.ts';
import { ABSENT, type Request } from '../message/request.ts';
import type { ClientCertForwarding } from './client-certificate.ts';
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
/** RFC 9110 §6.6.2: Trailer announces what only a chunked body can bring. */
const UNCHUNKED = 256;
/** A token that is for the router. */
const OF_DEBUG = 512;
const IDS: readonly (readonly [bit: number, ids: readonly number[]])[] = [
  [BY_ROUTER, [HOST_FIELD]],
  [OF_HTTP_1_0, [EXPECT]],
  [OF_OPTIONS, [MAX_FORWARDS]],
  [REPLACES_B3, [B3]],
  [REPLACES_B3_PAIR, [X_B3_TRACEID, X_B3_SPANID]],
  [REPLACES_W3C, [TRACEPARENT, TRACESTATE]],
  [SIGNED, [X_CF_PROXY_SIGNATURE, X_CF_PROXY_METADATA, X_CF_FORWARDED_URL]],
  [OF_CLIENT_CERT, [X_FORWARDED_CLIENT_CERT]],
  [UNCHUNKED, [TRAILER]],
  [OF_DEBUG, [X_CELLGATE_DEBUG]],
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
  /** That go with it. */
  readonly lines: OwnLines;
}

/** What the router says of its own accord in a forwarded request. */
export interface Forwarding {
  /** What is said of the client in every request of its connection; `null`: the next three are said. */
  readonly forwardedLines: OwnLines | null;
  readonly forwardedFor: string;
  readonly forwardedProto: string;
  readonly clientCert: ClientCertForwarding;
  /** Unix milliseconds as text; used when the client sent no X-Request-Start. */
  readonly requestStart: string;
  readonly requestId: string;
  /** From `endpointTexts`. */
  readonly endpointLines: OwnLines;
  readonly keepAlive: boolean;
  /** The protocol to switch to, or `null`. */
  readonly upgradeTo: string | null;
  readonly protectedNames: readonly string[];
  /** Its lines go out with the router's own. */
  readonly trace: Trace | null;
  /** Whether the request is on its way to a route service or has come back from one. */
  readonly signed: boolean;
  readonly redirection: Redirection | null;
  /** Whether X-Cellgate-Debug, right or wrong, stays here. */
  readonly keepsDebug: boolean;
}

/** The request head as the backend gets it: always framed by us, client's lines in their order. */
export function writeRequest(sink: HeadSink, head: Head, request: Request, f: Forwarding): void {
  writeKept(sink, head, request, f);
  if (f.forwardedLines === null) writeForwarded(sink, f);
  else sink.addAll(f.forwardedLines);
  if (f.trace !== null) sink.addAll(f.trace.lines);
  if (request.requestStart === ABSENT) sink.add('X-Request-Start', f.requestStart);
  sink.add('X-Vcap-Request-Id', f.requestId);
  sink.addAll(f.endpointLines);
  if (request.bodyLength === CHUNKED) sink.hop('Transfer-Encoding', 'chunked');
  else if (request.statesLength) sink.add('Content-Length', String(request.bodyLength));
  if (f.upgradeTo !== null) {
    sink.hop('Connection', 'Upgrade');
    sink.hop('Upgrade', f.upgradeTo);
  } else if (request.te !== ABSENT && acceptsTrailers(head.value(request.te))) {
    sink.add('TE', 'trailers');
    // RFC 9110 §10.1.4: TE goes with a Connection option of its own.
    sink.hop('Connection', f.keepAlive ? 'TE' : 'TE, close');
  } else if (!f.keepAlive) {
    sink.hop('Connection', 'close');
  }
}

/** The request line and the lines that pass; the line is the client's own unless its target or version changes. */
function writeKept(sink: HeadSink, head: Head, request: Request, f: Forwarding): void {
  const { protectedNames, redirection } = f;
  const replaced =
    (f.trace === null ? 0 : f.trace.replaces) +
    (f.signed ? SIGNED : 0) +
    (f.clientCert.drops ? OF_CLIENT_CERT : 0) +
    (f.keepsDebug ? OF_DEBUG : 0) +
    (request.bodyLength === CHUNKED ? 0 : UNCHUNKED);
  const { named } = request.connection;
  const countsDown = request.maxForwards !== ABSENT;
  if (request.targetUnchanged && !request.http10 && !countsDown && redirection === null) {
    sink.relay(head, true, TABLES[replaced]!, named, protectedNames);
    return;
  }
  const all = replaced + BY_ROUTER + (request.http10 ? OF_HTTP_1_0 : 0) + (countsDown ? OF_OPTIONS : 0);
  const target = redirection?.target ?? request.target;
  sink.requestLine(request.method, target, redirection?.authority ?? request.host);
  if (countsDown) sink.add('Max-Forwards', String(request.maxForwards - 1));
  sink.relay(head, false, TABLES[all]!, named, protectedNames);
  if (redirection !== null) sink.addAll(redirection.lines);
}

function writeForwarded(sink: HeadSink, { forwardedFor, forwardedProto, clientCert }: Forwarding): void {
  sink.add('X-Forwarded-For', forwardedFor);
  sink.add('X-Forwarded-Proto', forwardedProto);
  sink.addAll(clientCert.lines);
}

function acceptsTrailers(te: string): boolean {
  return te.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers');
}
