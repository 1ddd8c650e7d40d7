import { hostname } from 'node:os';

/** From whom spans and metrics are. */
export interface Origin {
  readonly resource: { readonly attributes: Readonly<Record<string, string | number>> };
  readonly scope: { readonly name: string; readonly version: string };
}

/** What the environment says of the router goes before what it says of itself. */
export function originOf(
  said: Readonly<Record<string, string>>,
  id: string,
  version: string,
  host = hostname(),
): Origin {
  return {
    resource: {
      attributes: {
        'service.instance.id': id,
        'service.version': version,
        'host.name': host,
        'process.pid': process.pid,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': process.versions.node,
        'telemetry.sdk.name': 'cellgate',
        'telemetry.sdk.language': 'nodejs',
        'telemetry.sdk.version': version,
        ...said,
      },
    },
    scope: { name: 'cellgate', version },
  };
}
