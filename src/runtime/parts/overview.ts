import { performance } from 'node:perf_hooks';
import packageJson from '../../../package.json' with { type: 'json' };
import type { DecisionsOverview, Overview } from '../../admin/overview-route.ts';
import type { Health, HealthState } from '../../status/health.ts';

export interface OverviewSources {
  /** One per process. */
  readonly id: string;
  readonly health: Health;
  /** Whether NATS is connected. */
  readonly bus: string;
  readonly table: {
    readonly poolCount: number;
    readonly endpointCount: number;
    readonly backendCount: number;
  };
  readonly decisions: DecisionsOverview;
}

const REASONS: Readonly<Record<HealthState, string>> = {
  initializing: 'it gathers its routes',
  healthy: 'it serves',
  degraded: 'it drains',
};

function reasonOf({ state, remarks }: Health): string {
  return [REASONS[state], ...(state === 'healthy' ? remarks() : [])].join('; ');
}

/** This router in figures. */
export function routerOverview({ id, health, bus, table, decisions }: OverviewSources): Overview {
  const { state } = health;
  return {
    id,
    version: packageJson.version,
    startedAt: performance.timeOrigin,
    uptimeSeconds: Math.floor(performance.now() / 1000),
    health: { state, reason: reasonOf(health) },
    bus,
    table: { routes: table.poolCount, endpoints: table.endpointCount, backends: table.backendCount },
    decisions,
  };
}
