import type { BusServer } from '../../bus/connect-bus.ts';
import { EmbeddedBus } from '../../bus/embedded/server.ts';
import type { Config } from '../../config/schema.ts';
import { StartError } from '../settings/start-error.ts';
import { sentence } from '../tcp/port-check.ts';
import type { Part } from './part.ts';

/** A bus of our own where the configuration names no cluster. */
export class EmbeddedBusPart implements Part {
  readonly name = 'embedded bus';
  readonly #config: Pick<Config, 'nats' | 'cellgate'>;
  #bus: EmbeddedBus | null = null;

  constructor(config: Pick<Config, 'nats' | 'cellgate'>) {
    this.#config = config;
  }

  /** `null`: there is none. */
  get port(): number | null {
    return this.#bus?.port ?? null;
  }

  /** The configured cluster, or this one. */
  get servers(): readonly BusServer[] {
    const { nats, cellgate } = this.#config;
    return this.#bus === null ? nats.hosts : [{ hostname: cellgate.bus.host, port: this.#bus.port }];
  }

  /** @throws {StartError} */
  async start(): Promise<void> {
    const { nats, cellgate } = this.#config;
    if (nats.hosts.length > 0) return;
    const { host, port } = cellgate.bus;
    try {
      const login = nats.user === '' ? {} : { user: nats.user, pass: nats.pass };
      this.#bus = await EmbeddedBus.listen({ host, port, ...login });
    } catch (error) {
      throw new StartError(
        `bus: ${sentence(error as NodeJS.ErrnoException, host, port, 'cellgate.bus.port')}`,
      );
    }
  }

  async stop(): Promise<void> {
    await this.#bus?.close();
  }
}
