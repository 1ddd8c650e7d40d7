import type { Stray } from '../processes/witnesses.ts';

/** Where and when it must not be any more that another application is asked. Times are `monotonic`. */
export interface Bounds {
  /** When a router must have heard who is there now, by address. */
  readonly heardAt: ReadonlyMap<string, number>;
  /** When no plain endpoint of before may be left; infinity: they may stay. */
  readonly staleAt: number;
}

export interface SwapVerdict {
  /** Over verified endpoints, which must never be. */
  readonly verified: number;
  /** Over plain ones: at an address that had been announced again; once either had been; after the threshold. */
  readonly announced: number;
  readonly eitherAnnounced: number;
  readonly stale: number;
  /** Over plain ones, when nobody could know better. */
  readonly unknowing: number;
  /** The latest of those, `monotonic`; 0: none. */
  readonly lastUnknowing: number;
}

/** @param isVerified of the host that was asked */
export function judgeSwap(
  strays: readonly Stray[],
  { heardAt, staleAt }: Bounds,
  isVerified: (host: string) => boolean,
): SwapVerdict {
  const eitherAt = Math.min(...heardAt.values());
  const plain = strays.filter(({ host }) => !isVerified(host));
  const isAnnounced = ({ at, address }: Stray) => at > (heardAt.get(address) ?? Number.POSITIVE_INFINITY);
  const unknowing = plain.filter(({ at }) => at <= eitherAt && at <= staleAt);
  return {
    verified: strays.length - plain.length,
    announced: plain.filter(isAnnounced).length,
    eitherAnnounced: plain.filter(({ at }) => at > eitherAt).length,
    stale: plain.filter(({ at }) => at > staleAt).length,
    unknowing: unknowing.length,
    lastUnknowing: Math.max(0, ...unknowing.map(({ at }) => at)),
  };
}
