import { type Fault, HEAD_TOO_LARGE } from '../message/fault.ts';
import type { Head } from '../message/head.ts';
import type { HeadLimits } from '../message/head-limits.ts';
import { FAULT, HeadParser, MORE } from '../message/head-parser.ts';
import { Request } from '../message/request.ts';
import { upgradeFault, wantedProtocol } from '../policy/upgrade.ts';

/** A request that somebody wants to know the way of. */
export interface AskedRequest {
  readonly method: string;
  /** As in the first line; nothing of it is made regular. */
  readonly target: string;
  readonly host: string;
  /** Whole lines, `name: value`. */
  readonly lines: readonly string[];
  /** Of the client's connection. */
  readonly clientIp: string;
  readonly tls: boolean;
  /** In the TLS handshake; empty: none. */
  readonly serverName: string;
}

/** The same, as the policies get it. */
export interface ReadRequest {
  readonly head: Head;
  readonly request: Request;
  readonly upgradeTo: string | null;
}

/** By the parser that reads what clients send. */
export function readAsked(asked: AskedRequest, limits: HeadLimits): ReadRequest | Fault {
  const { method, target, host, lines } = asked;
  const text = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines].join('\r\n');
  // As terminals and browsers send what is not ASCII.
  const bytes = Buffer.from(`${text}\r\n\r\n`);
  const parser = new HeadParser('request', limits);
  const end = parser.parse(bytes, 0, bytes.length);
  if (end === MORE) return HEAD_TOO_LARGE;
  if (end === FAULT) return parser.fault;
  const request = new Request();
  const { head } = parser;
  const fault = request.read(head);
  if (fault !== null) return fault;
  const upgradeTo = wantedProtocol(head, request);
  return (upgradeTo === null ? null : upgradeFault(request)) ?? { head, request, upgradeTo };
}
