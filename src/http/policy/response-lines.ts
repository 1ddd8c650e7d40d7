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
import type { Response } from '../message/response.ts';
import { keptLines } from './kept-lines.ts';
import { type ResponseRewrite, rewritten } from './response-rewrite.ts';

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

/** The status line and lines of the response as the client gets them, without framing, without the empty line. */
export function responseLines(head: Head, response: Response, requestId: string, httpDate: string): string {
  let text = relayed(head, response);
  if (!response.hasRequestId) text += 'X-Vcap-Request-Id: ' + requestId + '\r\n';
  // RFC 9110 §6.6.1: a recipient with a clock adds the Date a response lacks.
  if (!response.hasDate) text += 'Date: ' + httpDate + '\r\n';
  return text;
}

/** The 101 that opens a tunnel. */
export function switchingHead(head: Head, response: Response, protocol: string, requestId: string): string {
  const id = response.hasRequestId ? '' : `X-Vcap-Request-Id: ${requestId}\r\n`;
  return `${relayed(head, response)}${id}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
}

/** More 1xx responses than this to one request are an attack or a loop. */
export const MAX_INTERIM = 16;

/** A 1xx response, which is nothing but its lines. gorouter's own 100 knows no rewriting. */
export function interimHead(head: Head, response: Response, rewrite: ResponseRewrite | null): string {
  const lines = relayed(head, response);
  return `${rewrite === null || head.status === 100 ? lines : rewritten(lines, rewrite)}\r\n`;
}

/** The status line, which is a backend's own but for its version, and the header lines that pass. */
function relayed(head: Head, response: Response): string {
  const { named } = response.connection;
  if (head.minorVersion === 1 && head.reasonEnd > head.reasonStart) {
    return keptLines(head, 0, REPLACED, named, NONE_PROTECTED);
  }
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${keptLines(head, -1, REPLACED, named, NONE_PROTECTED)}`;
}

const NONE_PROTECTED: readonly string[] = [];
