import { isBackendHost } from '../address/backend-host.ts';
import { isHostName } from '../routing/host-name.ts';

/** Never part of a Host header that reaches the matcher (RFC 9112 3.2), and able to forge log lines. */
const UNPRINTABLE_OR_SPACE = /[\x00-\x20\x7f]/;

/** Characters; each path segment is a node of every thread's table. */
const LONGEST_URI = 4096;

/** Why no route may point at this backend; `undefined` when one may. */
export function hostProblem(host: string, port: number): string | undefined {
  if (!isBackendHost(host)) return `host: found ${quoted(host)}, allowed: an address or a name`;
  if (port === 0) return 'port: found 0 and no tls_port, allowed: an integer from 1 to 65535';
  return undefined;
}

/** Why this uri cannot be a route; `undefined` when it can. */
export function uriProblem(uri: string): string | undefined {
  if (uri.length > LONGEST_URI) return `found ${uri.length} characters, allowed: at most ${LONGEST_URI}`;
  if (UNPRINTABLE_OR_SPACE.test(uri)) {
    return `found ${quoted(uri)}, allowed: no spaces and no control characters`;
  }
  // Half of a character: as a route it would be spelled like others that have another half.
  if (!uri.isWellFormed()) return `found ${quoted(uri)}, allowed: whole characters`;
  if (uri.includes('://')) return `found ${quoted(uri)}, allowed: host[/path] without a scheme`;
  const host = hostOf(uri);
  if (host === '') return `found ${quoted(uri)}, allowed: host[/path]`;
  if (host.includes('*') && (!host.startsWith('*.') || host.length === 2 || host.includes('*', 1))) {
    return `found ${quoted(uri)}, allowed: a wildcard only as the whole first label (*.host)`;
  }
  // No request can name such a host, so the route would be kept and never found.
  if (!isHostName(host)) {
    return `found ${quoted(uri)}, allowed: host[/path], the host a name in ASCII without user and port`;
  }
  return undefined;
}

function hostOf(uri: string): string {
  const start = uri.startsWith('/') ? 1 : 0;
  const end = uri.slice(start).search(/[/?]/);
  return end < 0 ? uri.slice(start) : uri.slice(start, start + end);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
