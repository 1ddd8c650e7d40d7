import type { Config } from '../../config/schema.ts';

/** The ports on which a router itself listens: no route may have them, whoever announces it, and in whatever order. */
export function ownPorts(config: Config): number[] {
  const { port, ssl_port, enable_ssl, status, prometheus, debug_addr, cellgate } = config;
  const ports = [
    port,
    enable_ssl ? ssl_port : 0,
    status.port,
    status.routes.port,
    status.tls.certificate === '' ? 0 : status.tls.port,
    prometheus.port,
    Number(/:(\d{1,5})$/.exec(debug_addr)?.[1] ?? 0),
    cellgate.bus.port,
    cellgate.admin.port,
  ];
  return ports.filter((own) => own > 0);
}
