import type { Health } from '../../status/health.ts';
import type { Part } from './part.ts';

/** Load balancers may send traffic from here on, until the router stops. */
export class HealthPart implements Part {
  readonly name = 'health';
  readonly #health: Health;

  constructor(health: Health) {
    this.#health = health;
  }

  start(): void {
    this.#health.become('healthy');
  }

  stop(): void {
    this.#health.become('degraded');
  }
}
