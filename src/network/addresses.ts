import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIPv6 } from 'node:net';

/** Of a name: at least one. */
export type Addresses = readonly LookupAddress[];
/** 0: either. */
export type Family = 0 | 4 | 6;

export function addressOf(address: string): LookupAddress {
  return { address, family: isIPv6(address) ? 6 : 4 };
}

/** In any of the ways in which Node's sockets say it. */
export function familyOf(family: LookupOptions['family']): Family {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
}
