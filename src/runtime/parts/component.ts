import { hostPort } from '../../address/host-port.ts';
import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import type { BusClient } from '../../bus/client.ts';
import { announceComponent } from '../../bus/component.ts';
import type { Config } from '../../config/schema.ts';
import { Varz, type VarzSources } from '../../status/varz.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { spreadPercentile } from '../../telemetry/spread.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

/** The router as what collects `/varz` knows it. */
export class Component {
  readonly #varz: Varz;
  readonly #config: Config;
  readonly #uuid: string;
  #port: number;

  constructor(config: Config, uuid: string, sources: Omit<VarzSources, 'percentile'>) {
    this.#config = config;
    this.#uuid = uuid;
    this.#port = config.status.port;
    this.#varz = new Varz({ ...sources, percentile: spreadPercentile });
  }

  /** Whether a router with this configuration is one. */
  static isWanted({ status }: Config): boolean {
    return status.enable_deprecated_varz_healthz_endpoints && status.enable_nontls_health_checks;
  }

  listensOn(port: number): void {
    this.#port = port;
  }

  describe(): Promise<string> {
    const { status, index } = this.#config;
    return this.#varz.json({
      index,
      host: hostPort(status.host, this.#port),
      credentials: [status.user, status.pass],
      uuid: `${index}-${this.#uuid}`,
    });
  }

  close(): void {
    this.#varz.close();
  }
}

/** Makes it known on the bus. */
export class ComponentPart implements Part {
  readonly name = 'component';
  readonly #component: Component;
  readonly #bus: BusPart;
  readonly #log: ComponentLog;

  constructor(component: Component, bus: BusPart, log: ComponentLog) {
    this.#component = component;
    this.#bus = bus;
    this.#log = log;
  }

  async start(): Promise<void> {
    const { client } = this.#bus;
    if (client !== null) await this.#announce(client);
    else this.#bus.whenFound((found) => inBackground(ONE_ROUND, this.#announce(found)));
  }

  #announce(bus: BusClient): Promise<void> {
    return announceComponent({ bus, describe: () => this.#component.describe(), log: this.#log });
  }

  stop(): void {
    this.#component.close();
  }
}
