/** One request and its response, as Loggregator is told of them (HttpStartStop). Texts are UTF-8 spelled in Latin-1. */
export interface StartStop {
  /** `server`: what a client asked of the router; `client`: what the router asked of an endpoint. */
  readonly peer: 'server' | 'client';
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly stoppedAt: number;
  /** A UUID. */
  readonly requestId: string;
  readonly method: string;
  readonly uri: string;
  /** The client's `ip:port`. */
  readonly remoteAddress: string;
  readonly userAgent: string;
  /** 0 when there was no response. */
  readonly status: number;
  /** Bytes of the response's body. */
  readonly contentLength: number;
  /** X-Forwarded-For. */
  readonly forwarded: string;
  /** `null`: no endpoint was chosen. */
  readonly instance: StartStopInstance | null;
  /** `null`: requests are not traced. */
  readonly trace: { readonly traceId: string; readonly spanId: string } | null;
}

export interface StartStopInstance {
  readonly appId: string;
  readonly index: string;
  readonly id: string;
  readonly tags: Readonly<Record<string, string>> | null;
}

/** Its number in the protocol; 0 for one that it does not know, as gorouter has it. */
export function methodNumber(method: string): number {
  return METHODS.indexOf(method) + 1;
}

/** A UUID as two numbers of 64 bits, each in two halves, the less significant first. */
export type UuidHalves = readonly [number, number, number, number];

/** `null` when it is no UUID. */
export function uuidHalves(uuid: string): UuidHalves | null {
  if (!UUID.test(uuid)) return null;
  const digits = uuid.replaceAll('-', '');
  return [half(digits, 0), half(digits, 8), half(digits, 16), half(digits, 24)];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Four bytes, little-endian. */
function half(digits: string, at: number): number {
  const big = Number.parseInt(digits.slice(at, at + 8), 16);
  return ((big >>> 24) | ((big >>> 8) & 0xff00) | ((big << 8) & 0xff0000) | (big << 24)) >>> 0;
}

const METHODS: readonly string[] = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'ACL',
  'BASELINE_CONTROL',
  'BIND',
  'CHECKIN',
  'CHECKOUT',
  'CONNECT',
  'COPY',
  'DEBUG',
  'LABEL',
  'LINK',
  'LOCK',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MKREDIRECTREF',
  'MKWORKSPACE',
  'MOVE',
  'OPTIONS',
  'ORDERPATCH',
  'PATCH',
  'PRI',
  'PROPFIND',
  'PROPPATCH',
  'REBIND',
  'REPORT',
  'SEARCH',
  'SHOWMETHOD',
  'SPACEJUMP',
  'TEXTSEARCH',
  'TRACE',
  'TRACK',
  'UNBIND',
  'UNCHECKOUT',
  'UNLINK',
  'UNLOCK',
  'UPDATE',
  'UPDATEREDIRECTREF',
  'VERSION_CONTROL',
];
