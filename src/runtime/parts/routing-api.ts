import { setTimeout as delay } from 'node:timers/promises';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { isRefusal } from '../../routing-api/peer-errors.ts';
import type { RoutingApiErrors } from '../../status/routing-api-metrics.ts';
import { routingApiSettings } from '../settings/routing-api-settings.ts';
import type { Part } from './part.ts';
import type { RoutingApiRoutes, RoutingApiRoutesOptions } from './routing-api-routes.ts';

/** What a router waits for it that can serve without. */
const PATIENCE_MS = 1000;

export interface RoutingApiPartOptions extends RoutingApiRoutesOptions {
  /** What an earlier process has left: the router may be able to serve without the routing API. Default: nothing. */
  readonly former?: { readonly serves: boolean };
}

/** The connection to the routing API, where there is one; its HTTP routes are there when it has started. */
export class RoutingApiPart implements Part {
  readonly name = 'routing api';
  readonly #options: RoutingApiPartOptions;
  readonly #complaint: string | undefined;
  #routes: RoutingApiRoutes | null = null;
  #connecting: Promise<void> = Promise.resolve();

  /** @param complaint message of the log line when it cannot be used; default: gorouter's */
  constructor(options: RoutingApiPartOptions, complaint?: string) {
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
    if (routingApiSettings(this.#options.config) === null) return;
    // With the client for it, which takes more memory than all else that a router without one has of its own.
    const { RoutingApiRoutes } = await import('./routing-api-routes.ts');
    const routes = RoutingApiRoutes.from(this.#options);
    this.#routes = routes;
    if (routes === null) return;
    this.#connecting = routes.connect(this.#complaint);
    if (!this.#options.former?.serves) {
      await this.#connecting;
      return;
    }
    const settled = this.#settle(routes);
    inBackground(ONE_ROUND, settled);
    const refusal = await Promise.race([settled, delay(PATIENCE_MS, null, { ref: false })]);
    if (refusal !== null) throw refusal;
  }

  /** When it is known what the last process has left: where that is nothing, nothing works without it. @throws {StartError} */
  async insist(): Promise<void> {
    if (!this.#options.former?.serves) await this.#connecting;
  }

  /** Answers why it does not want this router: that is no outage, and told at the start as ever. Null: it is away, or there. */
  async #settle(routes: RoutingApiRoutes): Promise<Error | null> {
    try {
      await this.#connecting;
      return null;
    } catch (error) {
      routes.goOn(error as Error);
      return isRefusal(error) ? (error as Error) : null;
    }
  }

  stop(): void {
    this.#routes?.stop();
  }
}
