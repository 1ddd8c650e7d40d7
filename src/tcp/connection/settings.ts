import type { ProxyVersion } from '../../proxy-protocol/write.ts';
import type { BackendTlsSettings } from '../../tls/connection/backend-trust.ts';
import type { KeyPair } from '../../tls/connection/certificate-contexts.ts';
import type { TcpBalancing } from '../table/route.ts';

/** What proxy threads must know to relay; times in milliseconds, 0: no limit. Crosses to threads as it is. */
export interface TcpSettings {
  readonly host: string;
  readonly balancing: TcpBalancing;
  readonly connectTimeout: number;
  readonly maxAttempts: number;
  readonly failureMarkSeconds: number;
  /** Over all threads; 0: no limit. */
  readonly maxConnectionsPerBackend: number;
  /** Connections that wait for a place, per thread and port. */
  readonly queueLength: number;
  readonly queueTimeout: number;
  /** Longest wait for what tells the route: a PROXY header, a ClientHello. */
  readonly peekTimeout: number;
  readonly idleTimeout: number;
  readonly keepAliveInterval: number;
  /** As `PortSet` reads it: ports whose clients are proxies that say whom they speak for. */
  readonly acceptProxyPorts: string;
  /** Addresses and networks (`10.0.0.0/8`) from which a PROXY header is believed. */
  readonly trustedProxies: readonly string[];
  readonly sendProxy: 'none' | ProxyVersion;
  /** For ports that differ, as `PortSet` reads them; the first that fits counts. */
  readonly sendProxyOn: readonly { readonly ports: string; readonly version: 'none' | ProxyVersion }[];
  /** For clients whose TLS ends here, the first for those whom no other fits; empty: nobody's does. */
  readonly frontTls: readonly KeyPair[];
  /** `null`: TLS is not spoken to backends. */
  readonly backendTls: BackendTlsSettings | null;
  /** Empty: no log of connections. */
  readonly logFile: string;
}
