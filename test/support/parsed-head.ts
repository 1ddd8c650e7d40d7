import assert from 'node:assert/strict';
import type { Head } from '../../src/http/message/head.ts';
import { HeadParser } from '../../src/http/message/head-parser.ts';
import type { HeadKind } from '../../src/http/message/head-state.ts';
import { Request } from '../../src/http/message/request.ts';
import { Response } from '../../src/http/message/response.ts';
import { LIMITS, latin1 } from './message-reader.ts';

/** A head as the policies get it; `lines` are given without the empty line. */
export function headOf(kind: HeadKind, start: string, ...lines: readonly string[]): Head {
  const bytes = latin1(`${[start, ...lines].join('\r\n')}\r\n\r\n`);
  const parser = new HeadParser(kind, LIMITS);
  assert.equal(parser.parse(bytes, 0, bytes.length), bytes.length, parser.fault.detail);
  return parser.head;
}

export function requestOf(start: string, ...lines: readonly string[]): { head: Head; request: Request } {
  const head = headOf('request', start, ...lines);
  const request = new Request();
  assert.equal(request.read(head), null);
  return { head, request };
}

export function responseOf(start: string, ...lines: readonly string[]): { head: Head; response: Response } {
  const head = headOf('response', start, ...lines);
  const response = new Response();
  assert.equal(response.read(head, false), null);
  return { head, response };
}
