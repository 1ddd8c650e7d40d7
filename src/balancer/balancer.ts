import type { Balancer } from '../routing/balancer.ts';
import type { LoadBalancing } from '../routing/endpoint.ts';
import { hash } from './hash.ts';
import { leastConnection } from './least-connection.ts';
import { roundRobin } from './round-robin.ts';

const BALANCERS: Readonly<Record<LoadBalancing, Balancer>> = {
  'round-robin': roundRobin,
  'least-connection': leastConnection,
  hash,
};

export function balancerFor(algorithm: LoadBalancing): Balancer {
  return BALANCERS[algorithm];
}
