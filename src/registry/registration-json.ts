import type { EndpointFacts } from '../routing/endpoint.ts';
import { contextPath, pathOfKey, routeKey } from '../routing/route-key.ts';
import type { HeldEndpoint } from './held-endpoint.ts';

/**
 * Registrations that make endpoints of routes what they are, in the words of a `router.register` message, but for
 * `endpoint_updated_at_ns`, which is text here: numbers of JSON lose its last digits. What the routes of one endpoint
 * have in common is written once where they come one after the other, as they mostly do.
 */
export class RegistrationJson {
  readonly #factsOf: (held: HeldEndpoint) => EndpointFacts;
  #last: HeldEndpoint | null = null;
  #lastFields = '';

  constructor(factsOf: (held: HeldEndpoint) => EndpointFacts) {
    this.#factsOf = factsOf;
  }

  /**
   * The fields of such an object, without its braces.
   * @param path of the route as it was registered; `null`: that of its key
   */
  fields(key: string, path: string | null, held: HeldEndpoint): string {
    if (held !== this.#last) {
      this.#lastFields = JSON.stringify(endpointJson(this.#factsOf(held))).slice(1, -1);
      this.#last = held;
    }
    return `"uris":[${JSON.stringify(uriOf(key, path))}],${this.#lastFields}`;
  }
}

function endpointJson(facts: EndpointFacts): object {
  const options = optionsJson(facts);
  return {
    host: facts.host,
    [facts.tls ? 'tls_port' : 'port']: facts.port,
    ...(facts.protocol !== 'http1' && { protocol: facts.protocol }),
    ...(facts.serverCertDomainSan && { server_cert_domain_san: facts.serverCertDomainSan }),
    ...(facts.appId && { app: facts.appId }),
    ...(facts.instanceId && { private_instance_id: facts.instanceId }),
    ...(facts.instanceIndex && { private_instance_index: facts.instanceIndex }),
    ...(facts.availabilityZone && { availability_zone: facts.availabilityZone }),
    ...(facts.isolationSegment && { isolation_segment: facts.isolationSegment }),
    ...(facts.routeServiceUrl && { route_service_url: facts.routeServiceUrl }),
    ...(facts.tags !== null && { tags: facts.tags }),
    // A fraction is the router's own threshold, which the next process has too.
    ...(Number.isInteger(facts.staleThreshold) && { stale_threshold_in_seconds: facts.staleThreshold }),
    ...(facts.updatedAtNs !== '0' && { endpoint_updated_at_ns: facts.updatedAtNs }),
    ...(options !== null && { options }),
  };
}

function uriOf(key: string, path: string | null): string {
  if (path === null && routeKey(key) === key) return key;
  const slash = key.indexOf('/');
  const host = slash < 0 ? key : key.slice(0, slash);
  const shown = path ?? pathOfKey(key);
  // The second is what was registered with a slash before its host.
  const spellings = [shown === '/' && slash < 0 ? host : host + shown, shown];
  return spellings.find((uri) => routeKey(uri) === key && contextPath(uri) === shown) ?? key;
}

function optionsJson(facts: EndpointFacts): object | null {
  const { loadBalancing, hashHeader, hashBalance, requestTimeout, routePolicy } = facts;
  if (loadBalancing === '' && requestTimeout === 0 && routePolicy === null) return null;
  return {
    ...(loadBalancing && { loadbalancing: loadBalancing }),
    ...(hashHeader && { hash_header: hashHeader }),
    ...(hashBalance && { hash_balance: hashBalance }),
    ...(requestTimeout > 0 && { request_timeout: `${requestTimeout}ms` }),
    ...(routePolicy !== null && {
      route_policy_scope: routePolicy.scope,
      route_policy_sources: routePolicy.sources.join(','),
    }),
  };
}
