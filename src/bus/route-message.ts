import { unbracketed } from '../address/backend-host.ts';
import { hostPort } from '../address/host-port.ts';
import type { EndpointFacts } from '../routing/endpoint.ts';
import { readBalancing } from './balancing-options.ts';
import { MessageFields } from './message-fields.ts';
import { parsePayload } from './payload.ts';
import { readPolicy } from './policy-options.ts';
import { hostProblem, uriProblem } from './route-spelling.ts';

/** A `router.register` or `router.unregister` message: one endpoint and the routes it is for (docs/compatibility.md §1.3). */
export interface RouteMessage extends EndpointFacts {
  readonly uris: readonly string[];
  /** Seconds as sent: not clipped yet, 0 when absent. */
  readonly staleThreshold: number;
}

export type DecodedRouteMessage =
  /** `problems` name what was left out of the message: its other uris are good. */
  | { readonly ok: true; readonly message: RouteMessage; readonly problems: readonly string[] }
  | { readonly ok: false; readonly error: string };

const MAX_PORT = 65535;
/** Each takes the control thread some microseconds; there is room for 300 000 in a message. */
const MAX_URIS = 10_000;

/** Never throws: whatever the payload holds, the answer is a message or one error that names the field. */
export function decodeRouteMessage(payload: Uint8Array, options = { http2: true }): DecodedRouteMessage {
  const parsed = parsePayload(payload);
  return parsed.ok ? decodeFields(parsed.json, parsed.value, options.http2) : parsed;
}

/** The same of an object that is not from the bus: `endpoint_updated_at_ns` is text there. */
export function readRouteMessage(said: unknown, options = { http2: true }): DecodedRouteMessage {
  return decodeFields(null, said, options.http2);
}

function decodeFields(json: string | null, parsed: unknown, http2: boolean): DecodedRouteMessage {
  const fields = new MessageFields(parsed);
  const options = fields.object('options');
  const tlsPort = fields.integer('tls_port', MAX_PORT);
  const plainPort = fields.integer('port', MAX_PORT);
  const port = tlsPort === 0 ? plainPort : tlsPort;
  const host = unbracketed(fields.text('host'));
  const protocol = fields.text('protocol') || 'http1';
  const balancing = readBalancing(options);
  const { policy: routePolicy, problem: policyProblem } = readPolicy(options);
  const uris = fields.texts('uris');
  const message = {
    uris,
    host,
    port,
    address: hostPort(host, port),
    tls: tlsPort !== 0,
    protocol: protocol === 'http2' && !http2 ? 'http1' : protocol,
    serverCertDomainSan: fields.text('server_cert_domain_san'),
    appId: fields.text('app'),
    instanceId: fields.text('private_instance_id'),
    instanceIndex: fields.text('private_instance_index'),
    availabilityZone: fields.text('availability_zone'),
    isolationSegment: fields.text('isolation_segment'),
    routeServiceUrl: fields.text('route_service_url'),
    tags: fields.textMap('tags'),
    staleThreshold: fields.integer('stale_threshold_in_seconds', Number.MAX_SAFE_INTEGER),
    updatedAtNs: fields.integer64('endpoint_updated_at_ns', json),
    ...balancing.options,
    requestTimeout: options.duration('request_timeout'),
    routePolicy,
  };
  const error = fields.error ?? options.error;
  if (error !== undefined) return refused(error);
  const { routeServiceUrl } = message;
  if (routeServiceUrl !== '' && !routeServiceUrl.startsWith('https')) {
    const scheme = JSON.stringify(routeServiceUrl.slice(0, 8));
    return refused(`route_service_url must be https: found a URL that begins with ${scheme}`);
  }

  const problems: string[] = [];
  if (balancing.problem !== undefined) problems.push(balancing.problem);
  if (policyProblem !== undefined) problems.push(policyProblem);
  const unreachable = hostProblem(host, port);
  if (unreachable !== undefined) problems.push(unreachable);
  if (uris.length > MAX_URIS) {
    problems.push(`uris: found ${uris.length}, allowed: at most ${MAX_URIS}; those beyond are left out`);
  }
  const considered = unreachable === undefined ? uris.slice(0, MAX_URIS) : [];
  const usable = considered.filter((uri, index) => accepted(uri, index, problems));
  return { ok: true, message: { ...message, uris: usable }, problems };
}

function accepted(uri: string, index: number, problems: string[]): boolean {
  const problem = uriProblem(uri);
  if (problem !== undefined) problems.push(`uris[${index}]: ${problem}`);
  return problem === undefined;
}

function refused(error: string): DecodedRouteMessage {
  return { ok: false, error };
}
