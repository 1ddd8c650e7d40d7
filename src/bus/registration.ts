import type { LoadBalancing } from '../routing/endpoint.ts';

/** One endpoint and its routes, as a registering agent announces them. Empty texts are not set. */
export interface Registration {
  readonly uris: readonly string[];
  /** In the place of `uris`: connections to a port of the routers, for a server name if there is one. */
  readonly tcp: { readonly port: number; readonly serverName: string } | null;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The endpoint is asked over TLS there. */
  readonly tlsPort: number | null;
  /** Which its certificate must have. */
  readonly certificateName: string;
  readonly protocol: '' | 'http1' | 'http2';
  readonly app: string | null;
  readonly instanceId: string | null;
  readonly instanceIndex: string | null;
  readonly isolationSegment: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly loadBalancing: LoadBalancing | null;
  readonly hashHeader: string;
  /** Like `90s`. */
  readonly requestTimeout: string;
  readonly routeServiceUrl: string;
}

/** The message of `router.register` and `router.unregister` (docs/compatibility.md §1.3); what is not set is left out. */
export function registrationFields(registration: Registration): Record<string, unknown> {
  const { uris, tcp, host, port, tlsPort, certificateName, instanceId, isolationSegment } = registration;
  const endpoint = {
    host,
    port,
    tls_port: tlsPort ?? undefined,
    server_cert_domain_san: certificateName || undefined,
    private_instance_id: instanceId ?? undefined,
    isolation_segment: isolationSegment || undefined,
  };
  if (tcp !== null) {
    const { port: external_port, serverName } = tcp;
    return { protocol: 'tcp', external_port, sni_hostname: serverName || undefined, ...endpoint };
  }
  const { app, instanceIndex, tags, protocol, routeServiceUrl } = registration;
  const options = {
    ...(registration.loadBalancing !== null && { loadbalancing: registration.loadBalancing }),
    ...(registration.hashHeader !== '' && { hash_header: registration.hashHeader }),
    ...(registration.requestTimeout !== '' && { request_timeout: registration.requestTimeout }),
  };
  return {
    uris,
    ...endpoint,
    protocol: protocol || undefined,
    app: app ?? undefined,
    private_instance_index: instanceIndex ?? undefined,
    tags: Object.keys(tags).length > 0 ? tags : undefined,
    route_service_url: routeServiceUrl || undefined,
    options: Object.keys(options).length > 0 ? options : undefined,
  };
}

/** Seconds. A timer that is to run longer than some weeks runs at once. */
const LONGEST_INTERVAL = 24 * 60 * 60;

/** What a router says of heartbeats. Seconds, at least 1 and at most a day; null: nothing. */
export interface AnnouncedTimes {
  /** Between them. */
  readonly interval: number | null;
  /** After which it forgets a route that has none. */
  readonly forgets: number | null;
}

/** Of a `router.start` or the answer to a greeting (docs/compatibility.md §1.4). */
export function announcedTimes(startMessage: string): AnnouncedTimes {
  let message: Record<string, unknown> | null;
  try {
    message = JSON.parse(startMessage);
  } catch {
    message = null;
  }
  const seconds = (name: string): number | null => {
    const value = message?.[name];
    return typeof value === 'number' && value > 0 ? Math.min(Math.max(value, 1), LONGEST_INTERVAL) : null;
  };
  return {
    interval: seconds('minimumRegisterIntervalInSeconds'),
    forgets: seconds('pruneThresholdInSeconds'),
  };
}
