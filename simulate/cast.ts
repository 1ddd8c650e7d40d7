import type { RouteMessage } from '../src/bus/route-message.ts';

/** Who plays: applications, the machines they run on, and the routes they have. */
const APPS = 5;
const INSTANCES = 3;
const ADDRESSES = 10;
const HOMES = ['a.test', 'b.test', 'b.test/x', '*.c.test'] as const;
const SHARED = 'shared.test';
/** Of an application, beside its home: each may have options of its own, and with them a state of its endpoint. */
const PATHS = 24;
/** Keys of all routes there may be. */
export const ROUTES: readonly string[] = [
  ...HOMES,
  SHARED,
  ...HOMES.flatMap((home) => Array.from({ length: PATHS }, (_, path) => `${home}/r${path}`)),
];

/** One process of an application, at an address that another had before, and will have after it. */
export interface Instance {
  readonly app: number;
  readonly index: number;
  readonly instanceId: string;
  address: number;
  tls: boolean;
}

export function guidOf(app: number): string {
  return `0000000${app}-0000-4000-8000-000000000000`;
}

export function castOf(): Instance[] {
  return Array.from({ length: APPS * INSTANCES }, (_, at) => ({
    app: at % APPS,
    index: Math.floor(at / APPS),
    instanceId: `i-${at}`,
    address: at % ADDRESSES,
    tls: at % 4 === 0,
  }));
}

/** Where an instance goes when it is started again. */
export function addressAfter(number: number): number {
  return number % ADDRESSES;
}

/**
 * What an instance says of itself. `variant`: of its options, of which a route may have its own; `which`: the routes.
 */
export function messageOf(instance: Instance, variant: number, which: number): RouteMessage {
  const { app, index, instanceId, address, tls } = instance;
  const host = `10.0.0.${address >> 1}`;
  const port = 80 + (address & 1);
  const home = HOMES[app % HOMES.length]!;
  const uris = which % 2 === 0 ? [home, SHARED] : [`${home}/r${variant % PATHS}`];
  return {
    uris: which % 7 === 0 ? uris.slice(0, 1) : uris,
    host,
    port,
    address: `${host}:${port}`,
    tls,
    protocol: 'http1',
    serverCertDomainSan: tls ? instanceId : '',
    appId: guidOf(app),
    instanceId,
    instanceIndex: String(index),
    availabilityZone: '',
    isolationSegment: '',
    routeServiceUrl: variant % 11 === 1 ? 'https://rs.test' : '',
    tags: { variant: String(variant % PATHS) },
    staleThreshold: 0,
    updatedAtNs: '0',
    loadBalancing: variant % 5 === 0 ? 'least-connection' : '',
    requestTimeout: 0,
    hashHeader: '',
    hashBalance: 0,
    routePolicy: variant % 13 === 2 ? { scope: 'any', sources: [`cf:app:${guidOf(app)}`] } : null,
  };
}
