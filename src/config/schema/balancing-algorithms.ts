import type { LoadBalancing } from '../../routing/endpoint.ts';

export const BALANCING_ALGORITHMS = [
  'round-robin',
  'least-connection',
] as const satisfies readonly LoadBalancing[];
