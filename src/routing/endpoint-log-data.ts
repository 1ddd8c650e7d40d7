import type { EndpointFacts } from './endpoint.ts';

/** An endpoint in the component log, as gorouter writes it. */
export function endpointLogData(endpoint: EndpointFacts): Readonly<Record<string, unknown>> {
  return {
    ApplicationId: endpoint.appId,
    Addr: endpoint.address,
    Tags: endpoint.tags,
    RouteServiceUrl: endpoint.routeServiceUrl,
    AZ: endpoint.availabilityZone,
  };
}
