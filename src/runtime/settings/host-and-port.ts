import { StartError } from './start-error.ts';

/** An address as gorouter's keys spell it, IPv6 in brackets. @param key for the message @throws {StartError} */
export function hostAndPort(key: string, address: string, leastPort = 1): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < leastPort || port > 65_535) {
    throw new StartError(`${key} is ${JSON.stringify(address)}: must be host:port`);
  }
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port };
}
