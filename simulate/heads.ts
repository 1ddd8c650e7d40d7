import type { Head } from '../src/http/message/head.ts';
import { HeadParser } from '../src/http/message/head-parser.ts';
import { Request } from '../src/http/message/request.ts';
import type { Caller } from '../src/http/policy/route-policy.ts';
import { guidOf, type Instance } from './cast.ts';

const LIMITS = { bytes: 4096, fields: 100, target: 1024 };

/** A request as choices look at it. */
export interface AskedHead {
  readonly head: Head;
  readonly request: Request;
  readonly client: { readonly caller: Caller; readonly address: string };
}

/** Whom every policy lets in: who may not is told before there is a choice. */
const CALLER: Caller = { app: guidOf(0), space: '', org: '' };

const known = new Map<string, AskedHead>();

/** A request for a route, pinned to an instance, or to a session with it, or neither. */
export function askedFor(
  host: string,
  path: string,
  wish: 'none' | 'pin' | 'session',
  whom: Instance,
): AskedHead {
  const text = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lineOf(wish, whom)}\r\n`;
  let asked = known.get(text);
  if (asked === undefined) {
    asked = parsed(text);
    known.set(text, asked);
  }
  return asked;
}

function lineOf(wish: 'none' | 'pin' | 'session', { app, index, instanceId }: Instance): string {
  if (wish === 'pin') return `X-CF-App-Instance: ${guidOf(app)}:${index}\r\n`;
  return wish === 'session' ? `Cookie: JSESSIONID=x; __VCAP_ID__=${instanceId}\r\n` : '';
}

function parsed(text: string): AskedHead {
  const bytes = Buffer.from(text);
  const parser = new HeadParser('request', LIMITS);
  if (parser.parse(bytes, 0, bytes.length) !== bytes.length) throw new Error(parser.fault.detail);
  const request = new Request();
  const fault = request.read(parser.head);
  if (fault !== null) throw new Error(fault.detail);
  return { head: parser.head, request, client: { caller: CALLER, address: '10.9.9.9' } };
}
