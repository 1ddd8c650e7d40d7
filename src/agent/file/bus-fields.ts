import type { Fields } from './fields.ts';
import type { OwnKeys } from './own-keys.ts';

/** What goes into the messages of all routes of an agent. */
export interface MessageDefaults {
  /** One for each run of the agent, where a route names none. */
  readonly instanceId: string;
  readonly availabilityZone: string;
}

/** Of whom the application may be called (RFC-0055 of Cloud Foundry, an older draft). */
export interface AllowedSources {
  readonly apps: readonly string[];
  readonly spaces: readonly string[];
  readonly orgs: readonly string[];
  readonly any: boolean;
}

export interface HttpRouteFacts {
  readonly uris: readonly string[];
  readonly host: string;
  readonly protocol: string;
  readonly port: number | null;
  readonly tlsPort: number | null;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly routeServiceUrl: string;
  readonly serverCertDomainSan: string;
  /** Of route-registrar's own key. */
  readonly loadBalancing: string;
  readonly allowedSources: AllowedSources | null;
}

/** The message in route-registrar's words and order; what it does not know comes last. */
export function busFields(
  route: HttpRouteFacts,
  own: OwnKeys,
  { instanceId, availabilityZone }: MessageDefaults,
): Record<string, unknown> {
  const { allowedSources } = route;
  const options = {
    ...(route.loadBalancing === '' ? {} : { loadbalancing: route.loadBalancing }),
    ...(allowedSources === null ? {} : policyOf(allowedSources)),
    ...own.options,
  };
  return {
    uris: route.uris,
    host: route.host,
    protocol: route.protocol || undefined,
    port: route.port ?? undefined,
    tls_port: route.tlsPort ?? undefined,
    tags: route.tags,
    route_service_url: route.routeServiceUrl || undefined,
    private_instance_id: own.instanceId || instanceId,
    server_cert_domain_san: route.serverCertDomainSan || undefined,
    availability_zone: availabilityZone || undefined,
    options: Object.keys(options).length > 0 ? options : undefined,
    allowed_sources: allowedSources === null ? undefined : withoutEmpty(allowedSources),
    app: own.app || undefined,
    private_instance_index: own.instanceIndex || undefined,
    isolation_segment: own.isolationSegment || undefined,
  };
}

export function readAllowedSources(fields: Fields | null): AllowedSources | null {
  if (fields === null) return null;
  const sources = {
    apps: fields.texts('apps'),
    spaces: fields.texts('spaces'),
    orgs: fields.texts('orgs'),
    any: fields.flag('any'),
  };
  fields.warnOfUnknown();
  return sources;
}

/** The same as routers read it today. Nobody named is nobody let in. */
function policyOf({ apps, spaces, orgs, any }: AllowedSources): Record<string, string> {
  const sources = any
    ? ['cf:any']
    : [
        ...apps.map((id) => `cf:app:${id}`),
        ...spaces.map((id) => `cf:space:${id}`),
        ...orgs.map((id) => `cf:org:${id}`),
      ];
  return { route_policy_scope: 'any', route_policy_sources: sources.join(',') };
}

function withoutEmpty({ apps, spaces, orgs, any }: AllowedSources): Record<string, unknown> {
  const list = (texts: readonly string[]): readonly string[] | undefined =>
    texts.length > 0 ? texts : undefined;
  return { apps: list(apps), spaces: list(spaces), orgs: list(orgs), any: any || undefined };
}
