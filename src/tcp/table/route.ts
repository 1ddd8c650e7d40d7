import type { ModificationTag } from '../../routing/modification-tag.ts';
import type { Seat } from '../../routing/seat.ts';
import type { Split } from '../../routing/split.ts';
import type { SendProxy, TcpBackendTls, TcpTerms } from './terms.ts';

export type TcpBalancing = 'least-connection' | 'round-robin' | 'source-hash';

/** One backend of a TCP route as every thread sees it. Immutable. */
export interface TcpBackend {
  /** Where all threads count for it (see `SharedSeats`): one, however many routes lead there. */
  readonly seat: Seat;
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
  /** How its connections are shared out between parts of them; null: all are alike. */
  readonly split: Split | null;
}

/** What proxy threads are told of one port. */
export type TcpPortChange =
  /** To be open, with these routes and no others. */
  | { readonly kind: 'open'; readonly port: number; readonly routes: readonly TcpRoute[] }
  /** Where it is open: routes that are new or different, and names that have none any more. */
  | {
      readonly kind: 'changed';
      readonly port: number;
      readonly routes: readonly TcpRoute[];
      readonly gone: readonly string[];
    }
  /** To be closed. Connections that are open stay. */
  | { readonly kind: 'closed'; readonly port: number };

/** The feed from the control thread to the proxy threads. */
export interface TcpBatch {
  /** See `Epochs` of the registry: what ended before it was sent is handed out again when every thread has applied it. */
  readonly epoch: number;
  readonly changes: readonly TcpPortChange[];
}

/** An operator says that a backend is there, whatever its source is silent about. */
interface TcpOrder {
  readonly who: string;
  /** Unix milliseconds: then it goes. */
  readonly until: number;
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
  /** Of an operator's alone. */
  readonly order?: TcpOrder;
  /** It could have had a TLS port, and does not say that it has none on purpose (docs/compatibility.md §7.4). */
  readonly lacksTlsPort?: true;
  /** The routing API's; null where the order of arrival decides. */
  readonly tag: ModificationTag | null;
}

/**
 * Whether `next` is to replace `present`: always across guids, and never a lower index (docs/compatibility.md §7.3). For
 * HTTP the same index is no successor (`isSucceededBy`).
 */
export function succeeds(present: ModificationTag | null, next: ModificationTag | null): boolean {
  if (present === null || next === null || present.guid === '' || present.guid !== next.guid) return true;
  return next.index >= present.index;
}
