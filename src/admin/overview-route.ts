import { ok } from './answer.ts';
import type { AdminRoute } from './api.ts';

/** What a router is, and how it does. Read when it is asked for. */
export interface Overview {
  /** One per process. */
  readonly id: string;
  readonly version: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly uptimeSeconds: number;
  readonly health: { readonly state: string; readonly reason: string };
  readonly bus: string;
  readonly table: { readonly routes: number; readonly endpoints: number; readonly backends: number };
}

export function overviewRoute(overview: () => Overview): AdminRoute {
  return {
    method: 'GET',
    path: '/v1/overview',
    right: 'read',
    handler: () => {
      const { id, version, startedAt, uptimeSeconds, health, bus, table } = overview();
      const started_at = new Date(startedAt).toISOString();
      return ok({ id, version, started_at, uptime_seconds: uptimeSeconds, health, bus, table });
    },
  };
}
