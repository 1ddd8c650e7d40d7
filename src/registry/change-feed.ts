import type { RouteChange } from '../routing/change.ts';

/** Hands every change of the table to every listener, in order and at once. */
export class ChangeFeed {
  readonly #listeners: ((change: RouteChange) => void)[] = [];

  add(listener: (change: RouteChange) => void): void {
    this.#listeners.push(listener);
  }

  emit(change: RouteChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
