import { type Allowlist, allows } from './hairpin.ts';
import { judge, type Place, samePlace, strayed } from './returning.ts';
import { type ServiceAddress, serviceAddress } from './service-address.ts';
import { type Signature, type SignatureHeaders, type SigningKey, sign } from './signature.ts';

/** What the configuration says about route services. */
export interface RouteServiceRules {
  /** The one to sign with first, then those that only open; none: there is no support for route services. */
  readonly keys: readonly SigningKey[];
  /** Milliseconds from the way out until the way back. */
  readonly timeout: number;
  /** Scheme of the URL that a service is to call. */
  readonly recommendHttps: boolean;
  /** Whether signatures are also checked where no service is bound. */
  readonly strict: boolean;
  readonly websockets: boolean;
  /** `null`: services are asked over the network even when this router has a route to them. */
  readonly hairpinning: Allowlist | null;
}

/** A request as far as it matters here. Absent headers are empty. */
export interface Arrival {
  readonly signature: string;
  readonly metadata: string;
  /** Without its port, as the client wrote it. */
  readonly hostName: string;
  readonly target: string;
  readonly upgrades: boolean;
}

/** A route, and the service it is bound to. */
export interface BoundRoute extends Place {
  /** Empty: no service. */
  readonly routeServiceUrl: string;
}

type FindRoute = (hostName: string, path: string) => BoundRoute | null;

/** To the service first, with a request to come back to this route. */
export interface Detour {
  readonly kind: 'detour';
  readonly service: ServiceAddress;
  /** X-CF-Forwarded-Url */
  readonly forwardedUrl: string;
  readonly headers: SignatureHeaders;
  /** Whether this router is itself the way to the service. */
  readonly hairpins: boolean;
}

export type Passage =
  /** To a backend, signature headers and all: they mean nothing here. */
  | { readonly kind: 'direct' }
  /** The same, to a route service that is an application here: a router has sent the request out to it. */
  | { readonly kind: 'out' }
  /** The same, signed by a router for a route of which nothing is known here. */
  | { readonly kind: 'unknown' }
  /** Back from the service, to a backend, without the headers. */
  | { readonly kind: 'returned' }
  | Detour
  | Refusal;

/** docs/compatibility.md §3.3. */
interface Refusal {
  readonly kind: 'refused';
  readonly status: number;
  readonly routerError: string;
  readonly message: string;
}

const DIRECT: Passage = { kind: 'direct' };
const OUT: Passage = { kind: 'out' };
const UNKNOWN: Passage = { kind: 'unknown' };
const RETURNED: Passage = { kind: 'returned' };
const DISABLED = refusal(502, 'route_service_unsupported', 'Support for route services is disabled.');
const NO_WEBSOCKETS = refusal(
  503,
  'route_service_unsupported',
  'Websocket requests are not supported for routes bound to Route Services.',
);
const NO_SERVICE = refusal(500, '', 'Route service request failed.');
const FAILED = 'Failed to validate Route Service Signature';
const EXPIRED = `${FAILED}: route service request expired`;
const FORGED = refusal(400, 'invalid_route_service_signature', 'invalid route service signature detected');

/**
 * Where a request goes next on a route that has a service, or when it carries a signature (docs/compatibility.md §4).
 *
 * @param find the route that a host and a path lead to
 * @param now Unix milliseconds
 */
export function passage(
  rules: RouteServiceRules,
  arrival: Arrival,
  route: BoundRoute,
  find: FindRoute,
  now: number,
): Passage {
  if (route.routeServiceUrl === '') return unbound(rules, arrival, route, find, now);
  const [key] = rules.keys;
  if (key === undefined) return DISABLED;
  if (arrival.upgrades && !rules.websockets) return NO_WEBSOCKETS;
  if (arrival.signature !== '') return returned(rules, arrival, route, find, now);
  const service = serviceAddress(route.routeServiceUrl);
  if (service === null) return NO_SERVICE;
  const forwardedUrl = `${rules.recommendHttps ? 'https' : 'http'}://${arrival.hostName}${arrival.target}`;
  const { hairpinning } = rules;
  return {
    kind: 'detour',
    service,
    forwardedUrl,
    headers: sign(forwardedUrl, now, key),
    hairpins:
      hairpinning !== null &&
      allows(hairpinning, service.host) &&
      find(service.host, pathOf(service.target)) !== null,
  };
}

/** No service here. Only in strict mode does a signature have to be a good one (docs/compatibility.md §4.5). */
function unbound(
  rules: RouteServiceRules,
  arrival: Arrival,
  route: Place,
  find: FindRoute,
  now: number,
): Passage {
  if (arrival.signature === '') return DIRECT;
  const verdict = judge(arrival, rules.keys, now, rules.timeout);
  switch (verdict.kind) {
    case 'valid':
      return signedFor(verdict.signature, route, find);
    case 'expired':
      return rules.strict ? refusal(504, 'expired_route_service_signature', EXPIRED) : DIRECT;
    case 'invalid':
      return rules.strict ? FORGED : DIRECT;
  }
}

/**
 * Whether a router has sent the request to this route as to the service of the one that is signed. Any service gets good
 * signatures for its own route: with one it must not be believed elsewhere what it says of a client.
 */
function signedFor({ forwardedUrl }: Signature, route: Place, find: FindRoute): Passage {
  const bound = routeAt(forwardedUrl, find);
  if (bound === null) return UNKNOWN;
  const service = routeAt(bound.routeServiceUrl, find);
  return service !== null && samePlace(service, route) ? OUT : DIRECT;
}

function routeAt(url: string, find: FindRoute): BoundRoute | null {
  const address = serviceAddress(url);
  return address === null ? null : find(address.host, pathOf(address.target));
}

function returned(
  rules: RouteServiceRules,
  arrival: Arrival,
  route: Place,
  find: FindRoute,
  now: number,
): Passage {
  const verdict = judge(arrival, rules.keys, now, rules.timeout);
  if (verdict.kind === 'expired') return refusal(504, '', EXPIRED);
  if (verdict.kind === 'invalid') return refusal(502, '', `${FAILED}: ${verdict.reason}`);
  const { forwardedUrl } = verdict.signature;
  const why = strayed(routeAt(forwardedUrl, find), forwardedUrl, route);
  return why === null ? RETURNED : refusal(502, '', `${FAILED}: ${why}`);
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

function refusal(status: number, routerError: string, message: string): Refusal {
  return { kind: 'refused', status, routerError, message };
}
