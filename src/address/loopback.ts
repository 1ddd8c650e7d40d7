import { isIP } from 'node:net';

/** Whether only this machine can reach what listens there. Names are taken by what they say (RFC 6761 §6.3). */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (isIP(name) === 0) return name === 'localhost' || name.endsWith('.localhost');
  return name.startsWith('127.') || name === '::1';
}
