import type { LoadBalancing } from '../routing/endpoint.ts';

/** One endpoint and its routes, as a registering agent announces them. */
export interface Registration {
  readonly uris: readonly string[];
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly app: string | null;
  readonly instanceId: string | null;
  readonly instanceIndex: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly loadBalancing: LoadBalancing | null;
}

/** The body of `router.register` and `router.unregister` (docs/compatibility.md §1.3); what is not set is left out. */
export function registrationMessage(registration: Registration): string {
  const { uris, host, port, app, instanceId, instanceIndex, tags, loadBalancing } = registration;
  return JSON.stringify({
    uris,
    host,
    port,
    app: app ?? undefined,
    private_instance_id: instanceId ?? undefined,
    private_instance_index: instanceIndex ?? undefined,
    tags: Object.keys(tags).length > 0 ? tags : undefined,
    options: loadBalancing === null ? undefined : { loadbalancing: loadBalancing },
  });
}

/** Seconds. A timer that is to run longer than some weeks runs at once. */
const LONGEST_INTERVAL = 24 * 60 * 60;

/** Seconds between heartbeats that a `router.start` or greet answer asks for; null when it asks for none. */
export function announcedInterval(startMessage: string): number | null {
  let message: unknown;
  try {
    message = JSON.parse(startMessage);
  } catch {
    return null;
  }
  const seconds = (message as Record<string, unknown> | null)?.['minimumRegisterIntervalInSeconds'];
  return typeof seconds === 'number' && seconds > 0 ? Math.min(Math.max(seconds, 1), LONGEST_INTERVAL) : null;
}
