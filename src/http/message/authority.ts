import { hostNameEnd, withoutLastDot } from '../../routing/host-name.ts';

const COLON = 0x3a;
const MAX_PORT = 65_535;

/** Length of the name in `host` or `host:port`; -1 when it is neither (RFC 9112 §3.2). */
export function readAuthority(authority: string): number {
  const nameEnd = hostNameEnd(authority);
  return nameEnd >= 0 && isPort(authority, nameEnd) ? nameEnd : -1;
}

function isPort(authority: string, colon: number): boolean {
  if (colon === authority.length) return true;
  if (authority.charCodeAt(colon) !== COLON) return false;
  let port = 0;
  for (let i = colon + 1; i < authority.length; i++) {
    const digit = authority.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > MAX_PORT) return false;
  }
  return true;
}

/**
 * Whether two name the same: in any case, with a dot at the end or without, and with the port that the scheme has
 * anyway or without (RFC 9110 §4.2.3). What is no authority is only the same as itself.
 */
export function isSameAuthority(one: string, other: string, scheme: 'http' | 'https'): boolean {
  return one === other || normalForm(one, scheme) === normalForm(other, scheme);
}

function normalForm(authority: string, scheme: 'http' | 'https'): string {
  const nameEnd = readAuthority(authority);
  if (nameEnd < 0) return authority;
  const name = withoutLastDot(authority.slice(0, nameEnd)).toLowerCase();
  const ownPort = scheme === 'https' ? 443 : 80;
  // RFC 3986 §3.2.3: an empty port is none.
  const port = Number(authority.slice(nameEnd + 1)) || ownPort;
  return port === ownPort ? name : `${name}:${port}`;
}
