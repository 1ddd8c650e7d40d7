import type { Config } from '../../config/schema.ts';
import type { TcpSettings } from '../../tcp/connection/settings.ts';
import { Termination } from '../../tcp/connection/termination.ts';
import { backendContext } from '../../tls/connection/backend-trust.ts';
import { listenHost } from './listen-host.ts';
import { StartError } from './start-error.ts';

/** What the configuration means for relaying TCP; null: there is no TCP router. */
export function tcpSettings(config: Config): TcpSettings | null {
  const { tcp } = config.cellgate;
  if (tcp.reservable_ports.trim() === '') return null;
  return {
    host: listenHost(tcp.listen_host),
    balancing: tcp.balancing,
    connectTimeout: tcp.connect_timeout,
    maxAttempts: tcp.max_attempts,
    failureMarkSeconds: Math.ceil(tcp.failure_mark / 1000),
    maxConnectionsPerBackend: tcp.max_connections_per_backend,
    queueLength: tcp.queue_length,
    queueTimeout: tcp.queue_timeout,
    peekTimeout: tcp.peek_timeout,
    idleTimeout: tcp.idle_timeout,
    keepAliveInterval: tcp.keep_alive_interval,
    acceptProxyPorts: tcp.accept_proxy_protocol,
    trustedProxies: tcp.trusted_proxies,
    sendProxy: tcp.send_proxy_protocol,
    sendProxyOn: tcp.send_proxy_protocol_on,
    frontTls: tcp.frontend_tls.map(({ cert_chain, private_key }) => ({
      certChain: cert_chain,
      privateKey: private_key,
    })),
    backendTls: tcp.backend_tls.enabled
      ? {
          ca: [tcp.backend_tls.ca_certs],
          withoutSystemCa: true,
          certChain: tcp.backend_tls.cert_chain,
          privateKey: tcp.backend_tls.private_key,
          ciphers: '',
          verify: true,
        }
      : null,
    logFile: tcp.log_file,
  };
}

/** Finds out here, and not on every thread, what OpenSSL will not take. @throws {StartError} */
export function checkTcpTls({ frontTls, backendTls }: TcpSettings): void {
  attempt('cellgate.tcp.frontend_tls', () => frontTls.length > 0 && new Termination(frontTls));
  attempt('cellgate.tcp.backend_tls', () => backendTls !== null && backendContext(backendTls));
}

function attempt(key: string, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    throw new StartError(`${key}: not usable for TLS: ${(error as Error).message}`);
  }
}
