import type { EndpointFacts } from '../routing/endpoint.ts';
import type { ModificationTag } from '../routing/modification-tag.ts';
import type { LogData } from '../telemetry/component-log.ts';

/** Attributes of the log lines about one endpoint on one route (docs/compatibility.md §1.5). */
export function registrationData(uri: string, endpoint: EndpointFacts, tag: ModificationTag | null): LogData {
  return {
    uri,
    route_service_url: endpoint.routeServiceUrl,
    backend: endpoint.address,
    application_id: endpoint.appId,
    instance_id: endpoint.instanceId,
    server_cert_domain_san: endpoint.serverCertDomainSan,
    protocol: endpoint.protocol,
    // The bus carries none; log readers expect the field.
    modification_tag: tag ?? { guid: '', index: 0 },
    isolation_segment: endpoint.isolationSegment || '-',
    isTLS: endpoint.tls,
  };
}
