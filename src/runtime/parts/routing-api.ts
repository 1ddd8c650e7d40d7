import type { RoutingApiErrors } from '../../status/routing-api-metrics.ts';
import type { Part } from './part.ts';
import { RoutingApiRoutes, type RoutingApiRoutesOptions } from './routing-api-routes.ts';

/** The connection to the routing API, where there is one; its HTTP routes are there when it has started. */
export class RoutingApiPart implements Part {
  readonly name = 'routing api';
  readonly #options: RoutingApiRoutesOptions;
  readonly #complaint: string | undefined;
  #routes: RoutingApiRoutes | null = null;

  /** @param complaint message of the log line when it cannot be used; default: gorouter's */
  constructor(options: RoutingApiRoutesOptions, complaint?: string) {
    this.#options = options;
    this.#complaint = complaint;
  }

  /** `null`: there is no routing API. */
  get routes(): RoutingApiRoutes | null {
    return this.#routes;
  }

  get errors(): RoutingApiErrors | null {
    return this.#routes?.errors ?? null;
  }

  /** @throws {StartError} */
  async start(): Promise<void> {
    this.#routes = RoutingApiRoutes.from(this.#options);
    await this.#routes?.connect(this.#complaint);
  }

  stop(): void {
    this.#routes?.stop();
  }
}
