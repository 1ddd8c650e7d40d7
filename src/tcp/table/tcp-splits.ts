import type { Split } from '../../routing/split.ts';
import { routeNameText, type TcpRouteName } from './route-name.ts';

/** The splits of TCP routes: of those that are in the table, and of those that may come. */
export class TcpSplits {
  readonly #byRoute = new Map<string, Split>();

  of(name: TcpRouteName): Split | null {
    // Mostly there are none.
    return this.#byRoute.size === 0 ? null : (this.#byRoute.get(routeNameText(name)) ?? null);
  }

  /** @param split null: it is taken back */
  set(name: TcpRouteName, split: Split | null): void {
    if (split === null) this.#byRoute.delete(routeNameText(name));
    else this.#byRoute.set(routeNameText(name), split);
  }
}
