import type { ApiAnnouncement } from './route/announcement.ts';

/** Of the interval, so that one lost announcement does not cost the route. */
const TTL_BUFFER = 2.1;

/** Seconds that the routing API keeps a route, from 1. @param interval @param longest milliseconds */
export function lifetimeOf(interval: number, longest: number): number {
  return Math.max(Math.floor(Math.min(interval * TTL_BUFFER, longest) / 1000), 1);
}

/** A `TcpRouteMapping` as the routing API takes it (docs/compatibility.md §7.6). @param ttl seconds */
export function tcpMapping(route: ApiAnnouncement, groupGuid: string, ttl: number): Record<string, unknown> {
  return {
    router_group_guid: groupGuid,
    backend_port: route.port,
    backend_tls_port: route.tlsPort,
    instance_id: '',
    backend_ip: route.host,
    port: route.externalPort,
    modification_tag: { guid: '', index: 0 },
    ttl,
    isolation_segment: '',
    backend_sni_hostname: route.sniHostname || undefined,
    sni_rewrite_hostname: route.sniRewrite || undefined,
    terminate_frontend_tls: route.terminatesFrontendTls || undefined,
    alpns: route.alpns || undefined,
    enable_backend_mtls: route.enablesBackendTls || undefined,
  };
}
