import type { ToldInstance } from './told-instance.ts';

/**
 * One request and its response, as Loggregator is told of them (HttpStartStop). Texts are UTF-8 spelled in Latin-1. Used
 * again for the next one.
 */
export interface StartStop {
  /** `server`: what a client asked of the router; `client`: what the router asked of an endpoint. */
  peer: 'server' | 'client';
  /** Unix milliseconds. */
  startedAt: number;
  stoppedAt: number;
  /** A UUID. */
  requestId: string;
  method: string;
  uri: string;
  /** The client's `ip:port`. */
  remoteAddress: string;
  userAgent: string;
  /** 0 when there was no response. */
  status: number;
  /** Bytes of the response's body. */
  contentLength: number;
  /** X-Forwarded-For. */
  forwarded: string;
  /** `null`: no endpoint was chosen. */
  instance: ToldInstance | null;
  /** `null`: requests are not traced. */
  trace: { readonly traceId: string; readonly spanId: string } | null;
}

export function emptyStartStop(): StartStop {
  return {
    peer: 'server',
    startedAt: 0,
    stoppedAt: 0,
    requestId: '',
    method: '',
    uri: '',
    remoteAddress: '',
    userAgent: '',
    status: 0,
    contentLength: 0,
    forwarded: '',
    instance: null,
    trace: null,
  };
}

/** Its number in the protocol; 0 for one that it does not know, as gorouter has it. */
export function methodNumber(method: string): number {
  return METHODS.indexOf(method) + 1;
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
