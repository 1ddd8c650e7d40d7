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

/** What a router says of heartbeats. Seconds, at least 1 and at most a day; null: nothing. */
export interface AnnouncedTimes {
  /** Between them. */
  readonly interval: number | null;
  /** After which it forgets a route that has none. */
  readonly forgets: number | null;
}

/** Of a `router.start` or the answer to a greeting (docs/compatibility.md §1.4). */
export function announcedTimes(startMessage: string): AnnouncedTimes {
  let message: Record<string, unknown> | null;
  try {
    message = JSON.parse(startMessage);
  } catch {
    message = null;
  }
  const seconds = (name: string): number | null => {
    const value = message?.[name];
    return typeof value === 'number' && value > 0 ? Math.min(Math.max(value, 1), LONGEST_INTERVAL) : null;
  };
  return {
    interval: seconds('minimumRegisterIntervalInSeconds'),
    forgets: seconds('pruneThresholdInSeconds'),
  };
}
