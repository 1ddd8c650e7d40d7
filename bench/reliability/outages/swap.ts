import type { Asked } from '../processes/witnesses.ts';
import type { Tenancy, Tenant, Trust } from './tenancy.ts';

/** Two applications, each with one instance, that take each other's address. */
export class Swap {
  readonly #trust: Trust;
  readonly #tenancy: Tenancy;
  readonly #hosts: readonly [string, string];
  readonly #addresses: readonly [string, string];
  #tenants: readonly [Tenant, Tenant] | null = null;
  /** When the bus had handed on who is there now, by address; `monotonic`. */
  readonly announcedAt = new Map<string, number>();

  /** @param number of the first of its two addresses */
  constructor(tenancy: Tenancy, trust: Trust, number: number) {
    this.#tenancy = tenancy;
    this.#trust = trust;
    this.#hosts = [`one.${trust}.outage.test`, `other.${trust}.outage.test`];
    this.#addresses = [tenancy.address(number), tenancy.address(number + 1)];
  }

  get asked(): Asked[] {
    return this.#hosts.map((host) => ({ host, app: host }));
  }

  has(host: string): boolean {
    return this.#hosts.includes(host);
  }

  /** Both are there, and are announced. */
  async begin(): Promise<void> {
    const [one, other] = this.#addresses;
    this.#tenants = await this.#open(one, other);
    for (const tenant of this.#tenants) this.#tenancy.announce(tenant);
  }

  /** Each instance ends, and one of the other application begins where it was. Nothing is announced any more. */
  async exchange(): Promise<void> {
    for (const tenant of this.#tenants!) {
      this.#tenancy.silence(tenant);
      await this.#tenancy.close(tenant);
    }
    const [one, other] = this.#addresses;
    this.#tenants = await this.#open(other, one);
  }

  /** Who is there now is announced, at one of the two addresses. */
  async announce(which: 0 | 1): Promise<void> {
    const tenant = this.#tenants![which];
    this.#tenancy.announce(tenant);
    this.announcedAt.set(tenant.address, await this.#tenancy.agents.flushed());
  }

  async #open(oneAt: string, otherAt: string): Promise<[Tenant, Tenant]> {
    const [one, other] = this.#hosts;
    const trust = this.#trust;
    return [
      await this.#tenancy.open({ app: one, uris: [one], address: oneAt, trust }),
      await this.#tenancy.open({ app: other, uris: [other], address: otherAt, trust }),
    ];
  }
}
