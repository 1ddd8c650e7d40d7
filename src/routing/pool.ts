import type { ArmTallies } from './arm-tally.ts';
import { Arms } from './arms.ts';
import type { Balancer, Candidates } from './balancer.ts';
import type { PoolSettings } from './change.ts';
import type { Endpoint } from './endpoint.ts';

/** All endpoints of one route as a proxy thread sees them. */
export class Pool implements Candidates {
  settings: PoolSettings;
  /** The one that `settings` name. */
  balancer: Balancer;
  readonly endpoints: Endpoint[] = [];
  /** Where round-robin goes on: this thread's own, begun at random so that threads do not march in step. */
  cursor = Math.floor(Math.random() * 0x10000);
  hashTable: Uint16Array | null = null;
  readonly #tallies: ArmTallies;
  /** Made when somebody asks. */
  #byInstance: Map<string, Endpoint> | null = null;
  #arms: Arms | null = null;

  constructor(settings: PoolSettings, balancer: Balancer, tallies: ArmTallies) {
    this.settings = settings;
    this.balancer = balancer;
    this.#tallies = tallies;
  }

  get isEmpty(): boolean {
    return this.endpoints.length === 0;
  }

  get hashBalance(): number {
    return this.settings.hashBalance;
  }

  /** Null without a split. */
  get arms(): Arms | null {
    const { split, hashBalance } = this.settings;
    if (split === null) return null;
    if (this.#arms?.split !== split) {
      const { endpoints, cursor } = this;
      this.#arms = new Arms({ split, endpoints, hashBalance, cursor, tallies: this.#tallies });
    }
    return this.#arms;
  }

  /** The endpoint a sticky session names: by its instance id or else its address (docs/compatibility.md §2.4). */
  find(instance: string): Endpoint | null {
    this.#byInstance ??= new Map([
      ...this.endpoints.map((endpoint) => [endpoint.address, endpoint] as const),
      ...this.endpoints.map((endpoint) => [endpoint.instanceId, endpoint] as const),
    ]);
    return this.#byInstance.get(instance) ?? null;
  }

  add(endpoint: Endpoint): void {
    this.#forget();
    this.endpoints.push(endpoint);
  }

  /** Puts it in the place of another; answers that one. */
  replace(at: number, endpoint: Endpoint): Endpoint {
    this.#forget();
    const replaced = this.endpoints[at]!;
    this.endpoints[at] = endpoint;
    return replaced;
  }

  remove(at: number): Endpoint {
    this.#forget();
    return this.endpoints.splice(at, 1)[0]!;
  }

  /** The route has gone: who still holds the pool finds nobody in it. */
  clear(): void {
    this.#forget();
    this.endpoints.length = 0;
  }

  #forget(): void {
    this.hashTable = null;
    this.#byInstance = null;
    this.#arms = null;
  }
}
