import type { Fault } from './fault.ts';
import { HeadParser } from './head-parser.ts';
import { Request } from './request.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** Whatever the limits, a URL in a query is far below. */
const LIMITS = { bytes: 1 << 20, fields: 10, target: 1 << 20 };

/** Why a request for the URL is refused, or the request. */
export type AskedUrl = { readonly request: Request; readonly fault: null } | { readonly fault: Fault };

/**
 * The request that a client sends who asks for just this URL: nothing is normalised, because the router does not either,
 * and the parser of requests judges it. `null`: it names no host. The part behind `#` stays with clients.
 */
export function askedUrl(url: string): AskedUrl | null {
  const rest = url.replace(SCHEME, '');
  const hash = rest.indexOf('#');
  const sent = hash < 0 ? rest : rest.slice(0, hash);
  const end = sent.search(/[/?\\]/);
  const authority = end < 0 ? sent : sent.slice(0, end);
  if (authority === '') return null;
  const tail = end < 0 ? '' : sent.slice(end);
  const target = tail.startsWith('/') ? tail : `/${tail}`;
  const bytes = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const parser = new HeadParser('request', LIMITS);
  if (parser.parse(bytes, 0, bytes.length) !== bytes.length) return { fault: parser.fault };
  const request = new Request();
  const fault = request.read(parser.head);
  return fault === null ? { request, fault } : { fault };
}
