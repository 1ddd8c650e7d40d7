import { open, type Signature, type SignatureHeaders, type SigningKey } from './signature.ts';

/** What a signature on a request means (docs/compatibility.md §4.4). */
export type Verdict =
  | { readonly kind: 'valid'; readonly signature: Signature }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid'; readonly reason: string };

const EXPIRED: Verdict = { kind: 'expired' };

/**
 * @param now Unix milliseconds
 * @param timeout milliseconds from signing until the service must have called
 */
export function judge(
  headers: SignatureHeaders,
  keys: readonly SigningKey[],
  now: number,
  timeout: number,
): Verdict {
  const opened = open(headers, keys);
  if (typeof opened === 'string') return { kind: 'invalid', reason: opened };
  return now - opened.requestedAt > timeout ? EXPIRED : { kind: 'valid', signature: opened };
}

/** One route, told from another by where it begins. */
export interface Place {
  readonly host: string;
  /** `/` or the path the route is registered with. */
  readonly contextPath: string;
}

export function samePlace(a: Place, b: Place): boolean {
  return a.host === b.host && a.contextPath === b.contextPath;
}

/**
 * Whether a service sends a request back to the route it came from: it may change the path within the route, not
 * the route. `null` when it does; otherwise why not, in gorouter's words.
 */
export function strayed(signed: Place | null, forwardedUrl: string, current: Place): string | null {
  const url = forwardedUrl.replace(/^https?:\/\//, '').replace(/\?.*/s, '');
  if (signed === null) return `original request URL ${url} does not exist in the routing table`;
  if (samePlace(signed, current)) return null;
  const now = current.host + current.contextPath;
  return `route service forwarded URL ${now} does not match the original request URL ${url}`;
}
