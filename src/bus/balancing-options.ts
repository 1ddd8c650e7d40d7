import type { EndpointFacts, LoadBalancing } from '../routing/endpoint.ts';
import type { MessageFields } from './message-fields.ts';

type BalancingOptions = Pick<EndpointFacts, 'loadBalancing' | 'hashHeader' | 'hashBalance'>;

const NONE: BalancingOptions = { loadBalancing: '', hashHeader: '', hashBalance: 0 };
const ALGORITHMS: readonly LoadBalancing[] = ['round-robin', 'least-connection', 'hash'];
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

/** How a registration wants its route balanced (docs/compatibility.md §1.3). What cannot be followed is left out, with the reason. */
export function readBalancing(options: MessageFields): { options: BalancingOptions; problem?: string } {
  const wanted = options.text('loadbalancing') || options.text('lb_algo');
  const hashHeader = options.text('hash_header').toLowerCase();
  const hashBalance = options.number('hash_balance');
  if (wanted === '') return { options: NONE };
  const loadBalancing = ALGORITHMS.find((algorithm) => algorithm === wanted);
  if (loadBalancing === undefined) {
    return {
      options: NONE,
      problem: `options.loadbalancing: found ${quoted(wanted)}, allowed: ${ALGORITHMS.join(', ')}`,
    };
  }
  if (loadBalancing !== 'hash') return { options: { ...NONE, loadBalancing } };
  if (!FIELD_NAME.test(hashHeader)) {
    return {
      options: NONE,
      problem: `options.hash_header: found ${quoted(hashHeader)}, needed with hash: the name of a header`,
    };
  }
  return { options: { loadBalancing, hashHeader, hashBalance } };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
