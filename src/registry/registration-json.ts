import { LRUCache } from 'lru-cache';
import type { EndpointFacts } from '../routing/endpoint.ts';
import { contextPath, pathOfKey, routeKey } from '../routing/route-key.ts';
import type { HeldEndpoint } from './held-endpoint.ts';

/** Characters of what is kept for the next routes; what was needed least lately gives way. */
const MOST_KEPT = 1 << 21;

/**
 * Registrations that make endpoints of routes what they are, in the words of a `router.register` message, but for
 * `endpoint_updated_at_ns`, which is text here: numbers of JSON lose its last digits. What the routes of one endpoint
 * have in common is written once where they come one after the other, as they mostly do, or with those of a few others
 * in between: a message can name ten thousand routes, and say half a megabyte of their endpoint.
 */
export class RegistrationJson {
  readonly #factsOf: (held: HeldEndpoint) => EndpointFacts;
  readonly #mostCharacters: number;
  readonly #kept = new LRUCache<HeldEndpoint, string>({
    maxSize: MOST_KEPT,
    sizeCalculation: ({ length }) => length,
  });
  /** Those that say more than anybody wants to know. */
  readonly #tooLong = new WeakSet<HeldEndpoint>();

  /** @param mostCharacters of what the routes of an endpoint have in common */
  constructor(factsOf: (held: HeldEndpoint) => EndpointFacts, mostCharacters: number) {
    this.#factsOf = factsOf;
    this.#mostCharacters = mostCharacters;
  }

  /**
   * The fields of such an object, without its braces; null: its endpoint says too much.
   * @param path of the route as it was registered; `null`: that of its key
   */
  fields(key: string, path: string | null, held: HeldEndpoint): string | null {
    if (this.#tooLong.has(held)) return null;
    const common = this.#kept.get(held) ?? this.#write(held);
    return common === null ? null : `"uris":[${JSON.stringify(uriOf(key, path))}],${common}`;
  }

  #write(held: HeldEndpoint): string | null {
    const common = JSON.stringify(endpointJson(this.#factsOf(held))).slice(1, -1);
    if (common.length > this.#mostCharacters) {
      this.#tooLong.add(held);
      return null;
    }
    this.#kept.set(held, common);
    return common;
  }
}

/** The fields of a message about an endpoint, but for its routes. */
export function endpointJson(facts: EndpointFacts): object {
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

/** A route as it may have been registered. @param path as of `fields` */
export function uriOf(key: string, path: string | null): string {
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
