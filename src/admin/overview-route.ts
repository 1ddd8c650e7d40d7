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
  readonly decisions: DecisionsOverview;
}

/** What operators have decided, as far as the router knows it. */
export interface DecisionsOverview {
  /** Where it is kept; null: nowhere now. */
  readonly store: string | null;
  readonly revision: number;
  /** `away`: it may be as old as `asOf`, in Unix milliseconds, and `why` says why. */
  readonly state: 'reachable' | 'away';
  readonly asOf: number | null;
  readonly why: string;
}

export function overviewRoute(overview: () => Overview): AdminRoute {
  return {
    method: 'GET',
    path: '/v1/overview',
    right: 'read',
    handler: () => ok(overviewJson(overview())),
  };
}

/** As it is shown. */
export function overviewJson(overview: Overview): object {
  const { id, version, startedAt, uptimeSeconds, health, bus, table } = overview;
  const { store, revision, state, asOf, why } = overview.decisions;
  return {
    id,
    version,
    started_at: new Date(startedAt).toISOString(),
    uptime_seconds: uptimeSeconds,
    health,
    bus,
    table,
    decisions: { store, revision, state, as_of: asOf === null ? null : new Date(asOf).toISOString(), why },
  };
}
