/** `unmodified`: older than what is there. */
export type RegistrationAction = 'added' | 'updated' | 'refreshed' | 'unmodified';

export interface RegistryCounters {
  /** One uri of a register message; `component` is the endpoint's tag of that name. */
  registered(component: string, action: RegistrationAction): void;
  unregistered(component: string): void;
  /** A route that was not in the table. */
  routeRegistered(): void;
  /** A route with its last endpoint. */
  routeUnregistered(): void;
  pruned(endpoints: number): void;
  /** A registration for which no slot was left. */
  refused(): void;
}

interface ComponentTally {
  added: number;
  updated: number;
  refreshed: number;
  unmodified: number;
  unregistered: number;
}

/** Components beyond this many share one entry: the tag is free text from the bus and becomes a metric label. */
const MAX_COMPONENTS = 256;
const OTHER = 'other';

/** Plain sums, so that a heartbeat costs one addition; `/metrics` reads them when asked. */
export class RegistryTally implements RegistryCounters {
  readonly components = new Map<string, ComponentTally>();
  badMessages = 0;
  routesRegistered = 0;
  routesUnregistered = 0;
  routesPruned = 0;
  registrationsRefused = 0;

  registered(component: string, action: RegistrationAction): void {
    this.#of(component)[action]++;
  }

  unregistered(component: string): void {
    this.#of(component).unregistered++;
  }

  routeRegistered(): void {
    this.routesRegistered++;
  }

  routeUnregistered(): void {
    this.routesUnregistered++;
  }

  pruned(endpoints: number): void {
    this.routesPruned += endpoints;
  }

  refused(): void {
    this.registrationsRefused++;
  }

  badMessage(): void {
    this.badMessages++;
  }

  #of(component: string): ComponentTally {
    const known = this.components.get(component);
    if (known !== undefined) return known;
    if (this.components.size >= MAX_COMPONENTS && component !== OTHER) return this.#of(OTHER);
    const tally = { added: 0, updated: 0, refreshed: 0, unmodified: 0, unregistered: 0 };
    this.components.set(component, tally);
    return tally;
  }
}
