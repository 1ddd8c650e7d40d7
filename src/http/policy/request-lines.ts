import {
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
  TRAILER,
  TRANSFER_ENCODING,
  UPGRADE,
  X_CF_APP_INSTANCE,
  X_CF_APPLICATION_ID,
  X_CF_INSTANCE_ID,
  X_CF_INSTANCE_INDEX,
  X_FORWARDED_FOR,
  X_FORWARDED_PROTO,
  X_VCAP_REQUEST_ID,
} from '../message/field-name.ts';
import { CHUNKED } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import { ABSENT, type Request } from '../message/request.ts';
import { keptLines } from './kept-lines.ts';

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

/** Where the target was in absolute form, it names the host. */
const REPLACED_WITH_HOST = REPLACED.slice();
REPLACED_WITH_HOST[HOST_FIELD] = 1;
/** RFC 9110 §10.1.1: what an HTTP/1.0 client expects is ignored. */
const REPLACED_OF_HTTP_1_0 = REPLACED_WITH_HOST.slice();
REPLACED_OF_HTTP_1_0[EXPECT] = 1;
/** RFC 9110 §7.6.2: to OPTIONS this one counts down. */
const REPLACED_OF_OPTIONS = REPLACED_WITH_HOST.slice();
REPLACED_OF_OPTIONS[MAX_FORWARDS] = 1;

/** What the router says of its own accord in a forwarded request. */
export interface Forwarding {
  /** X-Forwarded-For and X-Forwarded-Proto lines. */
  readonly forwardedLines: string;
  /** Unix milliseconds as text; used when the client sent no X-Request-Start. */
  readonly requestStart: string;
  readonly requestId: string;
  /** From `endpointTexts`. */
  readonly endpointLines: string;
  readonly keepAlive: boolean;
  /** The protocol to switch to, or `null`. */
  readonly upgradeTo: string | null;
  readonly protectedNames: readonly string[];
}

/** The request head as the backend gets it: always HTTP/1.1, always framed by us, client's lines in their order. */
export function requestHead(head: Head, request: Request, f: Forwarding): string {
  let text = kept(head, request, f.protectedNames) + f.forwardedLines;
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
function kept(head: Head, request: Request, protectedNames: readonly string[]): string {
  const { named } = request.connection;
  const countsDown = request.maxForwards !== ABSENT && request.method === 'OPTIONS';
  if (request.targetUnchanged && !request.http10 && !countsDown) {
    return keptLines(head, head.methodStart, REPLACED, named, protectedNames);
  }
  let start = `${request.method} ${request.target} HTTP/1.1\r\nHost: ${request.host}\r\n`;
  if (countsDown) start += `Max-Forwards: ${Number(head.value(request.maxForwards)) - 1}\r\n`;
  const dropped = request.http10
    ? REPLACED_OF_HTTP_1_0
    : countsDown
      ? REPLACED_OF_OPTIONS
      : REPLACED_WITH_HOST;
  return start + keptLines(head, -1, dropped, named, protectedNames);
}

/** `forwardedFor` and `forwardedProto` as header lines. */
export function forwardedLines(addresses: string, proto: string): string {
  return 'X-Forwarded-For: ' + addresses + '\r\nX-Forwarded-Proto: ' + proto + '\r\n';
}

function acceptsTrailers(te: string): boolean {
  return te.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers');
}
