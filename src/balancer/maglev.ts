import type { Endpoint } from '../routing/endpoint.ts';
import { fnv1a64, remainder, type Wide } from './fnv.ts';

const FREE = 0xffff;
const hash: Wide = { high: 0, low: 0 };

/**
 * The look-up table of Maglev hashing: places in `endpoints`, each endpoint in nearly equally many, and nearly all
 * of them unchanged when another endpoint comes or goes. The same for the same instances, whatever their order. Its
 * size is the first prime from `atLeast` (up to 65,521) on; endpoints beyond so many get no place.
 */
export function maglevTable(endpoints: readonly Endpoint[], atLeast: number): Uint16Array {
  const size = primeFrom(atLeast);
  const table = new Uint16Array(size).fill(FREE);
  const walks = endpoints
    .map((endpoint, place) => walkOf(endpoint, place, size))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (let filled = 0; walks.length > 0; ) {
    for (const walk of walks) {
      while (table[walk.at] !== FREE) walk.at = (walk.at + walk.skip) % size;
      table[walk.at] = walk.place;
      if (++filled === size) return table;
    }
  }
  return table;
}

/** The place of a value in the table. */
export function tableIndex(value: string, size: number): number {
  return remainder(fnv1a64(value, hash), size);
}

/** The order in which an endpoint takes free places. */
interface Walk {
  readonly key: string;
  readonly place: number;
  readonly skip: number;
  at: number;
}

function walkOf({ instanceId, address }: Endpoint, place: number, size: number): Walk {
  const key = instanceId || address;
  fnv1a64(Buffer.from(key).toString('latin1'), hash);
  return { key, place, skip: remainder(hash, size - 1) + 1, at: remainder(hash, size) };
}

/** With a prime size, steps of any length come to every place. */
function primeFrom(least: number): number {
  for (let divisor = 2; divisor * divisor <= least; divisor++) {
    if (least % divisor === 0) return primeFrom(least + 1);
  }
  return least;
}
