import type { Options, Registration } from './announced.ts';
import type { Instance } from './ledger.ts';

/** Of each application. */
const HOSTS = 2;
/** Instances are numbered again from 0 on after so many. */
const INDICES = 8;

/** Uniform in [0, 1). */
export type Random = () => number;

/** Of the application with this number. */
export function hostsOf(app: number): string[] {
  return Array.from({ length: HOSTS }, (_, host) => `app-${app}-${host}.moves.test`);
}

export function appsOf(hosts: number): number {
  return Math.ceil(hosts / HOSTS);
}

/** An instance at its address, with the routes it has. */
export interface Tenant extends Instance {
  /** The application's number. */
  readonly number: number;
  readonly hosts: readonly string[];
  readonly options: Options;
}

/** Makes the instances of applications, each with an id of its own. */
export class Applications {
  readonly #random: Random;
  readonly #tenants = new Map<string, Tenant>();
  readonly #next: number[];
  #made = 0;

  constructor(count: number, random: Random) {
    this.#random = random;
    this.#next = Array.from({ length: count }, () => 0);
  }

  tenantAt(address: string): Tenant | undefined {
    return this.#tenants.get(address);
  }

  /** A new instance there, in place of whatever is there; `app`: its number, by default one that has few. */
  settle(address: string, app = this.#needy()): Tenant {
    const index = this.#next[app]!++ % INDICES;
    const tenant = {
      id: guid(++this.#made, 0x10),
      app: guid(app, 0xa),
      number: app,
      index: String(index),
      address,
      hosts: hostsOf(app),
      options: this.#options(),
    };
    this.#tenants.set(address, tenant);
    return tenant;
  }

  /** The fewer of two that chance picks: none is without instances for long, none has them all. */
  #needy(): number {
    const count = Array.from(this.#next, () => 0);
    for (const { number } of this.#tenants.values()) count[number]!++;
    const [one, other] = [this.#pick(), this.#pick()];
    return count[one]! <= count[other]! ? one : other;
  }

  #pick(): number {
    return Math.floor(this.#random() * this.#next.length);
  }

  #options(): Options {
    const chance = this.#random();
    if (chance < 0.5) return {};
    if (chance < 0.65) return { loadbalancing: 'round-robin' };
    if (chance < 0.8) return { loadbalancing: 'least-connection', request_timeout: 30 };
    return { loadbalancing: 'hash', hash_header: 'x-session', hash_balance: 1.25 };
  }
}

/** What the platform says of a tenant. */
export function registrationOf(tenant: Tenant, hosts: readonly string[] = tenant.hosts): Registration {
  const { id, app, index, address, options } = tenant;
  const [host, port] = address.split(':');
  return {
    host: host!,
    port: Number(port),
    uris: hosts,
    app,
    private_instance_id: id,
    private_instance_index: index,
    tags: { app_id: app, instance_id: index, process_id: app, process_instance_id: id },
    options,
  };
}

function guid(number: number, kind: number): string {
  const hex = number.toString(16).padStart(8, '0');
  return `${hex}-${kind.toString(16).padStart(4, '0')}-4b1d-9c2e-${hex}cafe`;
}
