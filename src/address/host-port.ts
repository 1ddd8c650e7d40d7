/**
 * `host:port` as everybody reads it: an IPv6 address in brackets (RFC 3986 §3.2.2), so that a port behind it is told from
 * its last group.
 */
export function hostPort(host: string, port: number | string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}
