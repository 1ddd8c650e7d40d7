import { networkInterfaces } from 'node:os';

/** All addresses of both families. */
const EVERY_HOST = '::';

/**
 * What to listen on for an address of the configuration: `::` takes IPv4 too, and where the kernel has no IPv6 it cannot
 * be had, so that IPv4 is all there is.
 */
export function listenHost(host: string, interfaces = networkInterfaces()): string {
  if (host !== EVERY_HOST && host !== '') return host;
  const hasIpv6 = Object.values(interfaces).some((all) => all?.some(({ family }) => family === 'IPv6'));
  return hasIpv6 ? EVERY_HOST : '0.0.0.0';
}

/** For keys that gorouter has too: to Go, `0.0.0.0` is every address of both families (docs/compatibility.md §5.4). */
export function goListenHost(host: string): string {
  return listenHost(host === '0.0.0.0' ? EVERY_HOST : host);
}
