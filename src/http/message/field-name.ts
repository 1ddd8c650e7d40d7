/**
 * The field names the router itself reads, writes or removes. A name's place here is its id; everything else
 * is id 0 and passes through untouched.
 */
const NAMES = [
  '',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'expect',
  'date',
  'user-agent',
  'referer',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-client-cert',
  'x-request-start',
  'x-vcap-request-id',
  'x-cf-applicationid',
  'x-cf-instanceindex',
  'x-cf-instanceid',
  'x-cf-app-instance',
  'x-cf-proxy-signature',
  'x-cf-proxy-metadata',
  'x-cf-forwarded-url',
  'x-cf-routererror',
  'max-forwards',
  'idempotency-key',
  'x-idempotency-key',
  'sec-websocket-key',
  'sec-websocket-accept',
  'x-vcap-trace',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'traceparent',
  'tracestate',
  'cookie',
  'set-cookie',
  'x-cf-process-instance',
  'x-cellgate-debug',
] as const;

type KnownName = Exclude<(typeof NAMES)[number], ''>;

function idOf(name: KnownName): number {
  return NAMES.indexOf(name);
}

export const OTHER = 0;
export const HOST_FIELD = idOf('host');
export const CONTENT_LENGTH = idOf('content-length');
export const TRANSFER_ENCODING = idOf('transfer-encoding');
export const CONNECTION = idOf('connection');
export const KEEP_ALIVE = idOf('keep-alive');
export const PROXY_CONNECTION = idOf('proxy-connection');
export const PROXY_AUTHENTICATE = idOf('proxy-authenticate');
export const PROXY_AUTHORIZATION = idOf('proxy-authorization');
export const TE = idOf('te');
export const TRAILER = idOf('trailer');
export const UPGRADE = idOf('upgrade');
export const HTTP2_SETTINGS = idOf('http2-settings');
export const EXPECT = idOf('expect');
export const DATE = idOf('date');
export const USER_AGENT = idOf('user-agent');
export const REFERER = idOf('referer');
export const X_FORWARDED_FOR = idOf('x-forwarded-for');
export const X_FORWARDED_PROTO = idOf('x-forwarded-proto');
export const X_FORWARDED_CLIENT_CERT = idOf('x-forwarded-client-cert');
export const X_REQUEST_START = idOf('x-request-start');
export const X_VCAP_REQUEST_ID = idOf('x-vcap-request-id');
export const X_CF_APPLICATION_ID = idOf('x-cf-applicationid');
export const X_CF_INSTANCE_INDEX = idOf('x-cf-instanceindex');
export const X_CF_INSTANCE_ID = idOf('x-cf-instanceid');
export const X_CF_APP_INSTANCE = idOf('x-cf-app-instance');
export const X_CF_PROXY_SIGNATURE = idOf('x-cf-proxy-signature');
export const X_CF_PROXY_METADATA = idOf('x-cf-proxy-metadata');
export const X_CF_FORWARDED_URL = idOf('x-cf-forwarded-url');
export const X_CF_ROUTER_ERROR = idOf('x-cf-routererror');
export const MAX_FORWARDS = idOf('max-forwards');
export const IDEMPOTENCY_KEY = idOf('idempotency-key');
export const X_IDEMPOTENCY_KEY = idOf('x-idempotency-key');
export const SEC_WEBSOCKET_KEY = idOf('sec-websocket-key');
export const SEC_WEBSOCKET_ACCEPT = idOf('sec-websocket-accept');
export const X_VCAP_TRACE = idOf('x-vcap-trace');
export const B3 = idOf('b3');
export const X_B3_TRACEID = idOf('x-b3-traceid');
export const X_B3_SPANID = idOf('x-b3-spanid');
export const TRACEPARENT = idOf('traceparent');
export const TRACESTATE = idOf('tracestate');
export const COOKIE = idOf('cookie');
export const SET_COOKIE = idOf('set-cookie');
export const X_CF_PROCESS_INSTANCE = idOf('x-cf-process-instance');
export const X_CELLGATE_DEBUG = idOf('x-cellgate-debug');
export const NAME_COUNT = NAMES.length;

/**
 * A name on which framing or identity hangs, with something else than a letter or digit for a `-`: applications that
 * make variables of names, as CGI (RFC 3875 §4.1.18), PHP and Apache httpd do, read `_` and `.` and whatever else as
 * the same, so a client could say what only the router may.
 */
export const LOOKALIKE = NAMES.length;

const IMITATED: ReadonlySet<number> = new Set([
  CONTENT_LENGTH,
  TRANSFER_ENCODING,
  X_FORWARDED_FOR,
  X_FORWARDED_PROTO,
  X_FORWARDED_CLIENT_CERT,
  X_VCAP_REQUEST_ID,
  X_CF_APPLICATION_ID,
  X_CF_INSTANCE_INDEX,
  X_CF_INSTANCE_ID,
  X_CF_APP_INSTANCE,
  X_CF_PROXY_SIGNATURE,
  X_CF_PROXY_METADATA,
  X_CF_FORWARDED_URL,
]);

const BYTES = NAMES.map((name) => Uint8Array.from(name, (char) => char.charCodeAt(0)));
const SIZE = 1024;
const { factor: FACTOR, ids: IDS } = collisionFreeTable();

/** The id of the name in `bytes[start, end)`, any case; `OTHER` when it is none of ours. */
export function identify(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const id = IDS[place(length, bytes[start]!, bytes[end - 1]!, FACTOR)]!;
  if (id === OTHER) return OTHER;
  const name = BYTES[id]!;
  if (name.length !== length) return OTHER;
  let found = id;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i]!;
    const wanted = name[i]!;
    if ((byte | 0x20) === wanted) continue;
    if (wanted !== HYPHEN || isAlphanumeric(byte) || !IMITATED.has(id)) return OTHER;
    found = LOOKALIKE;
  }
  return found;
}

const HYPHEN = 0x2d;

function isAlphanumeric(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39);
}

/** Length, first and last letter tell all known names apart; the one candidate is then compared in full. */
function place(length: number, first: number, last: number, factor: number): number {
  return ((length * 37 + (first | 0x20)) * factor + (last | 0x20) * 11) & (SIZE - 1);
}

function collisionFreeTable(): { factor: number; ids: Uint8Array } {
  for (let factor = 1; factor < 4096; factor++) {
    const ids = new Uint8Array(SIZE);
    let clear = true;
    for (let id = 1; id < NAMES.length && clear; id++) {
      const name = BYTES[id]!;
      const at = place(name.length, name[0]!, name[name.length - 1]!, factor);
      clear = ids[at] === OTHER;
      ids[at] = id;
    }
    if (clear) return { factor, ids };
  }
  throw new Error('no collision-free table for the known field names');
}
