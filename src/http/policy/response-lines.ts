import {
  CONNECTION,
  CONTENT_LENGTH,
  KEEP_ALIVE,
  NAME_COUNT,
  PROXY_AUTHENTICATE,
  PROXY_CONNECTION,
  TE,
  TRAILER,
  TRANSFER_ENCODING,
  UPGRADE,
  X_CF_PROXY_SIGNATURE,
  X_CF_ROUTER_ERROR,
} from '../message/field-name.ts';
import type { Head } from '../message/head.ts';
import type { HeadSink, OutgoingHead } from '../message/head-sink.ts';
import type { Response } from '../message/response.ts';
import type { ResponseRewrite } from './response-rewrite.ts';
import { ResponseRewriter } from './response-rewriter.ts';

const REPLACED = new Uint8Array(NAME_COUNT);
for (const id of [
  CONTENT_LENGTH,
  TRANSFER_ENCODING,
  CONNECTION,
  KEEP_ALIVE,
  PROXY_CONNECTION,
  PROXY_AUTHENTICATE,
  TE,
  TRAILER,
  UPGRADE,
  X_CF_PROXY_SIGNATURE,
  X_CF_ROUTER_ERROR,
]) {
  REPLACED[id] = 1;
}
/** The same where trailers go on, which Trailer announces (RFC 9110 §6.6.2). */
const REPLACED_BEFORE_TRAILERS = REPLACED.slice();
REPLACED_BEFORE_TRAILERS[TRAILER] = 0;

/** The status line and lines of the response as the client gets them, without framing. `bringsTrailers`: whether some may follow. */
export function writeResponse(
  sink: HeadSink,
  head: Head,
  response: Response,
  requestId: string,
  httpDate: string,
  bringsTrailers: boolean,
): void {
  relay(sink, head, response, bringsTrailers ? REPLACED_BEFORE_TRAILERS : REPLACED);
  if (!response.hasRequestId) sink.add('X-Vcap-Request-Id', requestId);
  // RFC 9110 §6.6.1: a recipient with a clock adds the Date a response lacks.
  if (!response.hasDate) sink.add('Date', httpDate);
}

/** @param more names and values in turn */
export function addMore(sink: HeadSink, more: readonly string[]): void {
  for (let at = 0; at < more.length; at += 2) sink.add(more[at]!, more[at + 1]!);
}

/** The 101 that opens a tunnel. `more`: as in `addMore`. */
export function switchingHead(
  head: Head,
  response: Response,
  protocol: string,
  requestId: string,
  more: readonly string[],
): OutgoingHead {
  return {
    writeTo(sink) {
      relay(sink, head, response);
      if (!response.hasRequestId) sink.add('X-Vcap-Request-Id', requestId);
      addMore(sink, more);
      sink.hop('Connection', 'Upgrade');
      sink.hop('Upgrade', protocol);
    },
  };
}

/** A 1xx response, which is nothing but its lines. gorouter's own 100 knows no rewriting. */
export function interimHead(head: Head, response: Response, rewrite: ResponseRewrite | null): OutgoingHead {
  return {
    writeTo(sink) {
      if (rewrite === null || head.status === 100) {
        relay(sink, head, response);
        return;
      }
      const rewriter = new ResponseRewriter(sink, rewrite);
      relay(rewriter, head, response);
      rewriter.end();
    },
  };
}

/** The status line, which is a backend's own but for its version, and the header lines that pass. */
function relay(sink: HeadSink, head: Head, response: Response, dropped = REPLACED): void {
  const { named } = response.connection;
  const asItStands = head.minorVersion === 1 && head.reasonEnd > head.reasonStart;
  if (!asItStands) sink.statusLine(head.status, head.reason);
  sink.relay(head, asItStands, dropped, named, NONE_PROTECTED);
}

const NONE_PROTECTED: readonly string[] = [];
