import { randomBytes } from 'node:crypto';
import type { BusServer } from '../../bus/connect-bus.ts';
import { EmbeddedBus } from '../../bus/embedded/server.ts';
import type { Config } from '../../config/schema.ts';
import { StartError } from '../settings/start-error.ts';
import { sentence } from '../tcp/port-check.ts';
import type { Part } from './part.ts';

/** A bus of our own where the configuration names no cluster. It serves nobody but this router until it is opened. */
export class EmbeddedBusPart implements Part {
  readonly name = 'embedded bus';
  readonly #config: Pick<Config, 'nats' | 'cellgate'>;
  /** Of this router's connection, and of no other. */
  readonly #token = randomBytes(32).toString('base64url');
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

  /** By which this bus knows the router; undefined: a cluster is to be told nothing. */
  get token(): string | undefined {
    return this.#bus === null ? undefined : this.#token;
  }

  /** To be called when the router has subscribed. */
  open(): void {
    this.#bus?.open();
  }

  /** @throws {StartError} */
  async start(): Promise<void> {
    const { nats, cellgate } = this.#config;
    if (nats.hosts.length > 0) return;
    const { host, port } = cellgate.bus;
    try {
      const login = nats.user === '' ? {} : { user: nats.user, pass: nats.pass };
      this.#bus = await EmbeddedBus.listen({ host, port, routerToken: this.#token, ...login });
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
