import type { RouteChange } from '../routing/change.ts';

/** Gathers the registry's changes of one turn of the loop and passes them on together, in their order. */
export class RouteFeed {
  readonly #deliver: (changes: readonly RouteChange[]) => void;
  #gathered: RouteChange[] = [];

  constructor(deliver: (changes: readonly RouteChange[]) => void) {
    this.#deliver = deliver;
  }

  add(change: RouteChange): void {
    if (this.#gathered.push(change) === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#gathered.length === 0) return;
    const changes = this.#gathered;
    this.#gathered = [];
    this.#deliver(changes);
  }
}
