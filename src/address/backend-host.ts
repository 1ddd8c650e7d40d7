import { isIPv6 } from 'node:net';

/** What no name has: control characters, which could forge log lines, and what parts a URL or an address. */
const IN_NO_NAME = /[\x00-\x20\x7f/:[\]]/;

/** Agents for IPv6 write the address either way; tables know it without brackets. */
export function unbracketed(host: string): string {
  const inner = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : '';
  return isIPv6(inner) ? inner : host;
}

/** Whether it is an address or may be a name. With a port behind it, it is neither. */
export function isBackendHost(host: string): boolean {
  return isIPv6(host) || (host !== '' && !IN_NO_NAME.test(host));
}
