import { roundRobin } from '../../src/balancer/round-robin.ts';
import { ArmTallies } from '../../src/routing/arm-tally.ts';
import { Backend } from '../../src/routing/backend.ts';
import type { ChangedPool, PoolSettings } from '../../src/routing/change.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { EndpointOrders } from '../../src/routing/endpoint-orders.ts';
import { Pool } from '../../src/routing/pool.ts';

/** An endpoint in this seat and whatever else is said of it; seat and port go together. */
export function endpointOf(seat: number, fields: Partial<Endpoint> = {}): Endpoint {
  const endpoint = {
    backend: new Backend(seat),
    host: '10.0.0.1',
    port: 1000 + seat,
    tls: false,
    protocol: 'http1',
    serverCertDomainSan: '',
    appId: 'app',
    instanceId: `instance-${seat}`,
    instanceIndex: String(seat),
    availabilityZone: '',
    isolationSegment: '',
    routeServiceUrl: '',
    tags: null,
    staleThreshold: 120,
    updatedAtNs: '0',
    loadBalancing: '' as const,
    requestTimeout: 0,
    hashHeader: '',
    hashBalance: 0,
    routePolicy: null,
    ...fields,
  };
  return { address: `${endpoint.host}:${endpoint.port}`, ...endpoint };
}

export function poolSettingsOf(
  id: number,
  routeKey: string,
  fields: Partial<PoolSettings> = {},
): PoolSettings {
  return {
    id,
    routeKey,
    contextPath: '/',
    loadBalancing: 'round-robin',
    hashHeader: '',
    hashBalance: 0,
    routeServiceUrl: '',
    routePolicy: null,
    split: null,
    ...fields,
  };
}

/** A pool as changes speak of it, in the row of its id. */
export function changedPoolOf(id: number, record: number, fields: Partial<PoolSettings> = {}): ChangedPool {
  const { contextPath, id: _id, routeKey: _key, ...policy } = poolSettingsOf(id, '', fields);
  return { id, row: id, record, contextPath, policy };
}

/** A pool with endpoints in these seats. */
export function poolOf(id: number, routeKey: string, seats: readonly number[]): Pool {
  const pool = new Pool(poolSettingsOf(id, routeKey), roundRobin, {
    tallies: new ArmTallies(),
    orders: new EndpointOrders(),
  });
  for (const seat of seats) pool.add(endpointOf(seat));
  return pool;
}
