import type { EndpointFacts } from '../routing/endpoint.ts';
import { type RoutePolicy, sameRoutePolicy } from '../routing/route-policy.ts';
import { Recency } from './recency.ts';

/** What an endpoint says of its route as a whole: who may call, and by way of what service. */
export type Terms = Pick<EndpointFacts, 'routePolicy' | 'routeServiceUrl'>;

interface Silence {
  readonly since: number;
  readonly limit: number;
}

export const NO_TERMS: Terms = { routePolicy: null, routeServiceUrl: '' };

export function saysNothing({ routePolicy, routeServiceUrl }: Terms): boolean {
  return routePolicy === null && routeServiceUrl === '';
}

/**
 * What the endpoints of one pool say of it, by their addresses. The one that came last to name a policy decides it, and
 * so with the service: while one names any the pool is never open, whoever else came or went
 * (docs/compatibility.md §1.5).
 */
export class PoolTerms implements Terms {
  readonly #policies = new Recency<RoutePolicy>();
  readonly #services = new Recency<string>();
  /** Of endpoints that were taken out and may come back. */
  readonly #lasting = new Map<string, Silence>();

  get routePolicy(): RoutePolicy | null {
    return this.#policies.newest ?? null;
  }

  get routeServiceUrl(): string {
    return this.#services.newest ?? '';
  }

  get isEmpty(): boolean {
    return this.#policies.size === 0 && this.#services.size === 0;
  }

  get isLasting(): boolean {
    return this.#lasting.size > 0;
  }

  /** In place of whatever the endpoint at this address said before. */
  say(address: string, { routePolicy, routeServiceUrl }: Terms): void {
    this.forget(address);
    const newest = this.routePolicy;
    // One object for all that say the same: a pool has many that do.
    const policy = newest !== null && sameRoutePolicy(newest, routePolicy) ? newest : routePolicy;
    if (policy !== null) this.#policies.put(address, policy);
    if (routeServiceUrl !== '') this.#services.put(address, routeServiceUrl);
  }

  forget(address: string): void {
    this.#policies.delete(address);
    this.#services.delete(address);
    this.#lasting.delete(address);
  }

  /** What it said goes on holding for so many milliseconds, or until it says something else. @param since milliseconds */
  last(address: string, since: number, limit: number): void {
    this.#lasting.set(address, { since, limit });
  }

  /** Forgets what holds no longer. @param thawedAt before that nobody could say anything */
  expire(now: number, thawedAt: number): void {
    for (const [address, { since, limit }] of this.#lasting) {
      if (now - Math.max(since, thawedAt) > limit) this.forget(address);
    }
  }
}
