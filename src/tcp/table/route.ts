import type { SendProxy, TcpBackendTls, TcpTerms } from './terms.ts';

export type TcpBalancing = 'least-connection' | 'round-robin' | 'source-hash';

/** One backend of a TCP route as every thread sees it. Immutable. */
export interface TcpBackend {
  /** Index of its shared cells (see `EndpointCells`): one per address, however many routes lead there. */
  readonly seat: number;
  /** `host:port`, IPv6 without brackets. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly instanceId: string;
  /** `null`: plain bytes. */
  readonly tls: TcpBackendTls | null;
  readonly sendProxy: SendProxy;
}

/** What one port, or one server name on it, leads to. */
export interface TcpRoute {
  /** In lower case; a wildcard begins with `*.`; empty is the port's default, for whoever names no known server. */
  readonly sni: string;
  /** Whether TLS with clients ends here, and what they may agree on then. */
  readonly terminates: boolean;
  readonly alpns: readonly string[];
  readonly backends: readonly TcpBackend[];
}

/** The feed from the control thread to the proxy threads: all there is to know of one port. */
export interface TcpPort {
  readonly port: number;
  /** Null: to be closed. Connections that are open stay. */
  readonly routes: readonly TcpRoute[] | null;
}

/** A claim that traffic for a port goes to a backend, from whichever source. */
export interface TcpRegistration {
  /** Who says so: `config`, `bus`, or a router group of the routing API. */
  readonly owner: string;
  readonly port: number;
  readonly sni: string;
  readonly host: string;
  readonly backendPort: number;
  readonly instanceId: string;
  readonly isolationSegment: string;
  /** Milliseconds without a repetition after which it is gone; 0: never. */
  readonly lifetime: number;
  readonly terms: TcpTerms;
  /** It could have had a TLS port, and does not say that it has none on purpose (gorouter.md §7.4). */
  readonly lacksTlsPort?: true;
  /** The routing API's; null where the order of arrival decides. */
  readonly tag: ModificationTag | null;
}

export interface ModificationTag {
  readonly guid: string;
  readonly index: number;
}

/** Whether `next` is to replace `present`: always across guids, and never a lower index (gorouter.md §7.3). */
export function succeeds(present: ModificationTag | null, next: ModificationTag | null): boolean {
  if (present === null || next === null || present.guid === '' || present.guid !== next.guid) return true;
  return next.index >= present.index;
}
