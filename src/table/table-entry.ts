import { hostPort } from '../address/host-port.ts';
import { readRouteMessage } from '../bus/route-message.ts';
import { readTcpRouteMessage } from '../bus/tcp-route-message.ts';
import { inWords } from '../registry/packed-registration.ts';
import { routeKey } from '../routing/route-key.ts';
import type { Said } from '../snapshot/table-source.ts';
import type { LineFault, TableLine } from './table-line.ts';

/** One endpoint of one route. Two with the same `kind`, `route` and `address` are the same. */
export interface TableEntry {
  /** In the text. */
  readonly line: number;
  readonly kind: 'http' | 'tcp';
  /** The key of an HTTP route; of a TCP route its port and, where it has one, its server name: `1024 db.test`. */
  readonly route: string;
  readonly address: string;
  readonly said: Said;
}

/** Never throws. */
export function tableEntry({ line, kind, said }: TableLine): TableEntry | LineFault {
  return kind === 'http' ? httpEntry(line, said) : tcpEntry(line, said);
}

function httpEntry(line: number, written: Said): TableEntry | LineFault {
  // Snapshots have endpoints packed.
  const said = inWords(written);
  if (said === null) return { line, reason: 'endpoint: it is not packed as it should be' };
  const decoded = readRouteMessage(said);
  if (!decoded.ok) return { line, reason: decoded.error };
  const { message, problems } = decoded;
  const [uri] = message.uris;
  const reason = problems[0] ?? (message.uris.length === 1 ? null : 'uris: allowed: one in each line');
  if (reason !== null || uri === undefined) return { line, reason: reason ?? '' };
  return { line, kind: 'http', route: routeKey(uri), address: message.address, said };
}

function tcpEntry(line: number, said: Said): TableEntry | LineFault {
  const decoded = readTcpRouteMessage(said);
  if (!decoded.ok) return { line, reason: decoded.error };
  const { port, sni, host, backendPort } = decoded.registration;
  const route = sni === '' ? String(port) : `${port} ${sni}`;
  return { line, kind: 'tcp', route, address: hostPort(host, backendPort), said };
}
