/** Seconds, of routers and agents. Longer than the 20 s by which an age on disk may be too high. */
export const STALE = 30;
export const PRUNE = 1;
export const HEARTBEAT = 5;
/** Of the outage in full. */
export const OUTAGE = 600;
/** A router that was away from the bus gives the endpoints this long to be announced again. */
export const GRACE = 40;
/** Shortest outage that shows anything. */
const LEAST_OUTAGE = STALE + 10;

/** As a router's configuration words them. */
export const TIMES = {
  droplet_stale_threshold: `${STALE}s`,
  prune_stale_droplets_interval: `${PRUNE}s`,
  nats_client_ping_interval: '1s',
};

/** Seconds. */
export function outageOf(scale: number): number {
  return Math.max(LEAST_OUTAGE, Math.round(OUTAGE * scale));
}
