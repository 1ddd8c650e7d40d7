import { Authority } from '../../../test/support/certificates.ts';
import { freePorts } from '../../free-ports.ts';
import type { Site } from '../figure.ts';
import type { Instance } from '../moves/ledger.ts';
import type { TenantsCalls } from '../processes/tenants.ts';
import { Subprocess } from '../subprocess.ts';
import type { Agents } from './agents.ts';

const TENANTS = new URL('../processes/tenants.ts', import.meta.url);

/** How its router knows who answers: by a certificate, or not at all. */
export type Trust = 'verified' | 'plain';

/** Who is to be where. */
export interface Lease {
  readonly app: string;
  readonly address: string;
  readonly uris: readonly string[];
  readonly trust: Trust;
}

/** An instance at its address. */
export interface Tenant extends Lease, Instance {}

/** Instances of applications, each with an id of its own and a certificate that says it, and what agents say of them. */
export class Tenancy {
  readonly agents: Agents;
  readonly #processes: Subprocess<TenantsCalls>;
  readonly #authority = new Authority('/O=Cellgate figures/CN=Instance identity');
  readonly #port: number;
  #made = 0;

  private constructor(site: Site, agents: Agents, port: number) {
    this.#processes = new Subprocess<TenantsCalls>(site.bed, TENANTS);
    this.agents = agents;
    this.#port = port;
  }

  static async begin(site: Site, agents: Agents): Promise<Tenancy> {
    const [port] = (await freePorts(1)) as [number];
    return new Tenancy(site, agents, port);
  }

  /** Who signs certificates of instances, PEM. */
  get authority(): string {
    return this.#authority.cert;
  }

  /** `host:port`, of this number from 0 on. */
  address(number: number): string {
    return `127.0.${2 + Math.floor(number / 250)}.${(number % 250) + 1}:${this.#port}`;
  }

  /** A new instance there, which is to be announced still. */
  async open(lease: Lease): Promise<Tenant> {
    const number = (++this.#made).toString(16).padStart(8, '0');
    const id = `${number}-0010-4b1d-9c2e-${number}cafe`;
    const tenant = { ...lease, id, index: '0' };
    const identity =
      lease.trust === 'verified' ? this.#authority.issue({ subject: `/CN=${id}`, names: `DNS:${id}` }) : null;
    const { app, index, address } = tenant;
    await this.#processes.call('open', { id, app, index, address, ...(identity && { identity }) });
    return tenant;
  }

  /** It and its connections are gone; agents say what they said. */
  async close({ address }: Tenant): Promise<void> {
    await this.#processes.call('close', { address, reset: true });
  }

  announce(tenant: Tenant): void {
    this.agents.announce(tenant.id, registrationOf(tenant));
  }

  silence({ id }: Tenant): void {
    this.agents.silence(id);
  }
}

function registrationOf({ id, app, index, address, uris, trust }: Tenant): object {
  const [host, port] = address.split(':');
  return {
    host,
    port: Number(port),
    ...(trust === 'verified' && { tls_port: Number(port), server_cert_domain_san: id }),
    uris,
    app,
    private_instance_id: id,
    private_instance_index: index,
    tags: { app_id: app, instance_id: index, process_id: app, process_instance_id: id },
  };
}
