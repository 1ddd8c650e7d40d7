/** `degraded` is final: the router drains and will not take traffic again. */
export type HealthState = 'initializing' | 'healthy' | 'degraded';

const NEXT: Readonly<Record<HealthState, readonly HealthState[]>> = {
  initializing: ['healthy', 'degraded'],
  healthy: ['degraded'],
  degraded: [],
};

/** What load balancers in front are told about this router (docs/compatibility.md §6.1). */
export class Health {
  #state: HealthState = 'initializing';
  readonly #tell: (healthy: boolean) => void;

  /** `tell` hears of every step. */
  constructor(tell: (healthy: boolean) => void = () => {}) {
    this.#tell = tell;
  }

  get state(): HealthState {
    return this.#state;
  }

  /** What is to be known of a router that is healthy all the same, a line each. */
  remarks: () => readonly string[] = () => [];

  /** A step that is not allowed from the present state is ignored. */
  become(state: HealthState): void {
    if (!NEXT[this.#state].includes(state)) return;
    this.#state = state;
    this.#tell(state === 'healthy');
  }
}
