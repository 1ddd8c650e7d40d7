import type { Config } from '../config/schema.ts';
import type { TcpSettings } from '../tcp/connection/settings.ts';

/** What the configuration means for relaying TCP; null: there is no TCP router. */
export function tcpSettings(config: Config): TcpSettings | null {
  const { tcp } = config.cellgate;
  if (tcp.reservable_ports.trim() === '') return null;
  return {
    host: tcp.listen_host,
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
    logFile: tcp.log_file,
  };
}
