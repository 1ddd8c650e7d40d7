import { isBackendHost, unbracketed } from '../../address/backend-host.ts';
import { hostPort } from '../../address/host-port.ts';
import { uriProblem } from '../../bus/route-spelling.ts';
import type { AgentRoute } from '../route/agent-route.ts';
import type { ApiAnnouncement, BusAnnouncement } from '../route/announcement.ts';
import type { Check } from '../route/check.ts';
import { busFields, type MessageDefaults, readAllowedSources } from './bus-fields.ts';
import { FaultTree } from './fault-tree.ts';
import { Fields } from './fields.ts';
import { readGoDuration } from './go-duration.ts';
import { type OwnKeys, readOwnKeys } from './own-keys.ts';
import { readScript } from './script-entry.ts';

export type RouteEntry =
  | { readonly ok: true; readonly route: AgentRoute; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: FaultTree };

export interface RouteDefaults extends MessageDefaults {
  /** Of the file: where routes lead that name no host; empty: nowhere. */
  readonly host: string;
}

/** They are resolved before there is a file, by the job's template. */
const OF_THE_TEMPLATE = [
  'prepend_instance_index',
  'server_cert_domain_name_modifier',
  'unrestricted_volumes',
  'privileged',
];
const ALGORITHMS = ['round-robin', 'least-connection'];
const OWN_ALGORITHMS = [...ALGORITHMS, 'hash'];
const LEAST_INTERVAL_MS = 100;

/** One of `routes`, with route-registrar's sentences for what is wrong. @param place like `routes[0]` */
export function readRoute(entry: unknown, index: number, place: string, defaults: RouteDefaults): RouteEntry {
  const types = new FaultTree('types');
  const warnings: string[] = [];
  const fields = new Fields(entry, place, { faults: types, warnings });
  const name = fields.text('name');
  const faults = new FaultTree(`route ${name === '' ? index : `"${name}"`}`);
  const type = fields.text('type');
  const isTcp = type === 'tcp' || type === 'sni';
  if (!isTcp && type !== '') warnings.push(`${fields.at('type')}: found "${type}", taken for an HTTP route`);
  if (!isTcp && name === '') faults.add('no name');
  const host = fields.text('host') || defaults.host;
  if (host === '') faults.add('no host');
  else if (!isBackendHost(unbracketed(host))) {
    warnings.push(
      `${place}: routers refuse the host ${JSON.stringify(host.slice(0, 100))}: neither an address nor a name`,
    );
  }
  const ports = readPorts(fields, faults);
  const uris = fields.texts('uris');
  if (!isTcp) checkUris(uris, faults, { place: fields.at('uris'), warnings });
  const routeServiceUrl = readRouteService(fields, isTcp, faults, warnings);
  const protocol = fields.text('protocol');
  if (!['', 'http1', 'http2'].includes(protocol)) faults.add(`unknown protocol: ${protocol}`);
  const loadBalancing = readAlgorithm(fields.object('options'), faults);
  const interval = readInterval(fields, faults, warnings);
  const scriptFields = fields.object('health_check');
  const script = scriptFields === null ? null : readScript(scriptFields, interval);
  if (script instanceof FaultTree) faults.add(script);
  const san = fields.text('server_cert_domain_san');
  const routableSan = fields.text('sni_routable_san');
  const tlsPort = isTcp ? null : ports.tlsPort;
  const endpoint = {
    host,
    port: tlsPort ?? (type === 'sni' ? ports.sniPort : ports.port) ?? 0,
    tls: tlsPort !== null,
    serverName: san,
  };
  const own = readOwnKeys(fields.object('cellgate'), endpoint);
  const external = fields.port('external_port');
  const group = fields.text('router_group');
  if (isTcp) checkTcp(group, external, endpoint.port, faults);
  const tcp: ApiAnnouncement = {
    kind: 'routing-api',
    uris: [`tcp:${external}${san || routableSan ? `/${type === 'sni' ? routableSan : san}` : ''}`],
    address: hostPort(host, endpoint.port),
    routerGroup: group,
    externalPort: external ?? 0,
    host,
    port: endpoint.port,
    tlsPort: ports.tlsPort ?? -1,
    sniHostname: type === 'sni' ? routableSan : san,
    sniRewrite: fields.text('sni_rewrite_san'),
    terminatesFrontendTls: fields.flag('terminate_frontend_tls'),
    enablesBackendTls: fields.flag('enable_backend_tls'),
    alpns: fields.texts('alpns').toSorted().join(','),
  };
  const facts = {
    uris,
    host,
    protocol,
    port: ports.port,
    tlsPort: ports.tlsPort,
    tags: fields.textMap('tags'),
    routeServiceUrl,
    serverCertDomainSan: san,
    loadBalancing,
    allowedSources: readAllowedSources(fields.object('allowed_sources')),
  };
  fields.warnOfUnknown(OF_THE_TEMPLATE);
  if (types.count > 0) faults.add(types);
  if (script !== null && own.check !== null) faults.add('both a health_check and cellgate.check');
  if (faults.count > 0) return { ok: false, faults };
  const http: BusAnnouncement = {
    kind: 'bus',
    uris,
    address: endpoint.port === 0 ? host : hostPort(host, endpoint.port),
    fields: busFields(facts, own, defaults),
  };
  const announcement = isTcp ? tcp : http;
  const check = script as Check | null;
  return { ok: true, warnings, route: entryRoute(name, announcement, interval!, check, own) };
}

function entryRoute(
  name: string,
  announcement: AgentRoute['announcement'],
  interval: number,
  script: Check | null,
  { check, drain, weight }: OwnKeys,
): AgentRoute {
  return {
    name: name || announcement.uris.join(','),
    announcement,
    interval,
    check: script ?? check,
    drain,
    weight,
  };
}

interface Ports {
  readonly port: number | null;
  readonly tlsPort: number | null;
  readonly sniPort: number | null;
}

function readPorts(fields: Fields, faults: FaultTree): Ports {
  const ports = {
    port: fields.port('port'),
    tlsPort: fields.port('tls_port'),
    sniPort: fields.port('sni_port'),
  };
  // One of a wrong type has been told of.
  if (!['port', 'tls_port', 'sni_port'].some((name) => fields.has(name))) faults.add('no port');
  if (ports.port === 0) faults.add('invalid port: 0');
  if (ports.tlsPort === 0) faults.add('invalid tls_port: 0');
  if (ports.sniPort === 0) faults.add('invalid sni_port: 0');
  return ports;
}

/** route-registrar announces whatever it is given; routers do not take all of it. */
function checkUris(
  uris: readonly string[],
  faults: FaultTree,
  { place, warnings }: { readonly place: string; readonly warnings: string[] },
): void {
  if (uris.length === 0) faults.add('no URIs');
  else if (uris.includes('')) faults.add('empty URIs');
  for (const [index, uri] of uris.entries()) {
    const problem = uri === '' ? undefined : uriProblem(uri);
    if (problem !== undefined) warnings.push(`${place}[${index}]: routers refuse it: ${problem}`);
  }
}

function checkTcp(group: string, external: number | null, port: number, faults: FaultTree): void {
  if (group === '') faults.add('missing router_group');
  if (external === 0) faults.add('invalid port: 0');
  // route-registrar takes these, and ends at the first registration.
  if (external === null) faults.add('no external_port');
  if (port === 0 && faults.count === 0)
    faults.add('no port of the application: port, or sni_port with type sni');
}

function readRouteService(fields: Fields, isTcp: boolean, faults: FaultTree, warnings: string[]): string {
  const url = fields.text('route_service_url');
  if (isTcp || url === '') return '';
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) ? !URL.canParse(url) : /[\x00-\x20\x7f]|^[^/]*:/.test(url)) {
    faults.add('parse route_service_url: not a URL');
  } else if (!/^https:/i.test(url)) {
    warnings.push(`${fields.at('route_service_url')}: routers refuse a URL that does not begin with https`);
  }
  return url;
}

function readAlgorithm(options: Fields | null, faults: FaultTree): string {
  if (options === null) return '';
  const algorithm = options.text('loadbalancing') || options.text('lb_algo');
  options.warnOfUnknown();
  if (algorithm === '' || ALGORITHMS.includes(algorithm)) return algorithm;
  const more = OWN_ALGORITHMS.includes(algorithm) ? '. hash has its place in cellgate.options' : '';
  faults.add(
    `unknown load balancing algorithm: ${algorithm}. Allowed values: [${ALGORITHMS.join(' ')}]${more}`,
  );
  return '';
}

/** Milliseconds; null when it is wrong. */
function readInterval(fields: Fields, faults: FaultTree, warnings: string[]): number | null {
  const written = fields.text('registration_interval');
  if (written === '') {
    faults.add('no registration_interval');
    return null;
  }
  const read = readGoDuration(written);
  if (!read.ok) {
    faults.add(`invalid registration_interval: ${read.error}`);
    return null;
  }
  if (read.milliseconds <= 0) {
    faults.add('invalid registration_interval: interval must be greater than 0');
    return null;
  }
  if (read.milliseconds < LEAST_INTERVAL_MS) {
    warnings.push(`${fields.at('registration_interval')}: "${written}" is taken for ${LEAST_INTERVAL_MS}ms`);
  }
  return Math.max(read.milliseconds, LEAST_INTERVAL_MS);
}
