import { MAX_PROXY_THREADS } from './schema/cellgate.ts';

/** Kept for logs, the bus, the status pages, and the first listeners. */
const RESERVED = 256;
/** Of those. */
const LISTENERS_RESERVED = 64;
/** Of all descriptors, for sockets that listen for HTTP. */
const LISTENERS_SHARE = 1 / 16;
/** Clients without and with TLS. */
const PORTS = 2;
/** From a socket libuv takes one connection in each turn of the loop (docs/decisions/0004): how many more at once is enough. */
const MOST_SOCKETS = 32;
const MOST_LISTENERS = MAX_PROXY_THREADS * PORTS * MOST_SOCKETS;

interface Limits {
  readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } };
}

/** Client connections for which there are descriptors, with one to a backend for each; 0 when there is no limit. */
export function descriptorShare(limit = mostOpenFiles()): number {
  if (limit === Number.POSITIVE_INFINITY) return 0;
  const reserved = RESERVED - LISTENERS_RESERVED + listenersShare(limit);
  return Math.max(64, Math.floor((limit - reserved) / 2));
}

/** Sockets that each of so many threads may listen on, on each port for HTTP: at least one. */
export function listeningSockets(threads: number, limit = mostOpenFiles()): number {
  const each = Math.floor(listenersShare(limit) / (threads * PORTS));
  return Math.min(MOST_SOCKETS, Math.max(1, each));
}

function listenersShare(limit: number): number {
  return Math.min(MOST_LISTENERS, Math.max(LISTENERS_RESERVED, Math.floor(limit * LISTENERS_SHARE)));
}

/** Descriptors that the process may have; infinity: the system sets no limit. */
export function mostOpenFiles(): number {
  // Without this the report looks up the names of all peers.
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as unknown as Limits;
  const soft = userLimits?.open_files?.soft ?? 'unlimited';
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}
