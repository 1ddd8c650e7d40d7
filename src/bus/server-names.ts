import dns from 'node:dns';
import { Names, NOTHING_REMEMBERED } from '../network/names.ts';

let state: 'as-it-was' | 'ours' = 'as-it-was';

/**
 * From now on this thread looks names up for itself. The NATS client has no option for how it does; it, and `node:net` for it,
 * ask whatever stands at this place (decision 0040).
 */
export function lookUpServersApart(): void {
  if (state === 'ours') return;
  state = 'ours';
  dns.lookup = new Names({ limits: NOTHING_REMEMBERED }).lookUp as typeof dns.lookup;
}
