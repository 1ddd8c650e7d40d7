import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { Part, Reload } from './part.ts';

/** The TCP routes that the configuration has. */
export class TcpPart implements Part {
  readonly name = 'tcp';
  readonly #routes: TcpRoutes;

  constructor(routes: TcpRoutes) {
    this.#routes = routes;
  }

  start(): void {
    this.#routes.start();
  }

  reload({ config }: Reload): void {
    this.#routes.reload(config);
  }

  stop(): void {
    this.#routes.ports.stop();
  }
}
