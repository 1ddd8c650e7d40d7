/** Instances of one application. */
const PER_APP = 4;

/** What Diego's route-emitter says of one instance with two routes: about a kilobyte. `generation` is part of its ids. */
export function registration(instance: number, generation = 0): object {
  const app = Math.floor(instance / PER_APP);
  const [appId, instanceId] = [guid(app, 0xa), guid(instance, 0x10 + generation)];
  return {
    host: `10.${(instance >> 16) & 255}.${(instance >> 8) & 255}.${instance & 255}`,
    port: 61_000 + (instance % 4000),
    uris: routesOf(instance),
    app: appId,
    private_instance_id: instanceId,
    private_instance_index: String(instance % PER_APP),
    server_cert_domain_san: instanceId,
    isolation_segment: '',
    availability_zone: `az-${instance % 3}`,
    endpoint_updated_at_ns: 1_790_000_000_000_000_000 + instance * 1000,
    tags: {
      app_id: appId,
      app_name: `app-${app}`,
      component: 'route-emitter',
      instance_id: String(instance % PER_APP),
      organization_id: guid(app % 100, 0xc),
      organization_name: `organization-${app % 100}`,
      process_id: appId,
      process_instance_id: instanceId,
      process_type: 'web',
      source_id: appId,
      space_id: guid(app % 1000, 0xd),
      space_name: `space-${app % 1000}`,
    },
  };
}

/** Each instance has two of its own. */
export function routesOf(instance: number): [string, string] {
  return [`app-${instance}.apps.platform.test`, `app-${instance}.internal.platform.test/v1`];
}

function guid(number: number, kind: number): string {
  const hex = number.toString(16).padStart(8, '0');
  return `${hex}-${kind.toString(16).padStart(4, '0')}-4b1d-9c2e-${hex}cafe`;
}
