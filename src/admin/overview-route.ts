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
    handler: () => {
      const { id, version, startedAt, uptimeSeconds, health, bus, table, decisions } = overview();
      const started_at = new Date(startedAt).toISOString();
      const { store, revision, state, asOf, why } = decisions;
      const as_of = asOf === null ? null : new Date(asOf).toISOString();
      const decided = { store, revision, state, as_of, why };
      return ok({
        id,
        version,
        started_at,
        uptime_seconds: uptimeSeconds,
        health,
        bus,
        table,
        decisions: decided,
      });
    },
  };
}
