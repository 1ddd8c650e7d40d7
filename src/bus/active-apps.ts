import { deflateSync } from 'node:zlib';

/** The body of `router.active_apps` (docs/compatibility.md §1.2): a JSON array of application ids, deflated with zlib's header. */
export function activeAppsMessage(apps: readonly string[]): Uint8Array {
  return deflateSync(JSON.stringify(apps));
}
