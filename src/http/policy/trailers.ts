import { OTHER } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';

/**
 * Trailer fields that a recipient might merge into what it already trusts (RFC 9110 §6.5.1). Names the router
 * knows by id never pass either.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'forwarded',
  'max-forwards',
  'proxy-authentication-info',
  'set-cookie',
  'www-authenticate',
]);

/** Whether a trailer field goes on to the other side. */
export function trailerPasses(trailers: Head, line: number): boolean {
  if (trailers.id(line) !== OTHER) return false;
  const name = trailers.name(line).toLowerCase();
  return !FORBIDDEN.has(name) && !name.startsWith('x-cf-');
}
