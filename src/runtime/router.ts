import { performance } from 'node:perf_hooks';
import { BusTlsInvalid } from '../bus/bus-tls.ts';
import { BusUnreachable } from '../bus/connect-bus.ts';
import type { Config } from '../config/schema.ts';
import { ListenError } from '../status/listen.ts';
import type { ComponentLogOptions, RootLog } from '../telemetry/component-log.ts';
import type { Addresses } from './addresses.ts';
import { drain } from './drain.ts';
import { Parts } from './parts.ts';
import { StartError } from './settings/start-error.ts';

/** A whole router in this process: the control thread's work here, the traffic in its proxy threads. */
export class Router {
  readonly addresses: Addresses;
  readonly #parts: Parts;

  private constructor(parts: Parts, addresses: Addresses) {
    this.#parts = parts;
    this.addresses = addresses;
  }

  /** Resolves when requests are served. After an error nothing is left running. @throws {StartError} */
  static async start(config: Config, log: RootLog, logOptions: ComponentLogOptions): Promise<Router> {
    const parts = new Parts(config, log, logOptions);
    try {
      return new Router(parts, await parts.start());
    } catch (error) {
      await parts.stop();
      if (error instanceof BusUnreachable) throw new StartError(error.message, 'nats-connection-error');
      if (error instanceof BusTlsInvalid) throw new StartError(error.message, 'nats-tls-config-invalid');
      if (error instanceof ListenError) throw new StartError(error.message);
      throw error;
    }
  }

  /** Resolves when the router cannot go on by itself, with the reason. */
  get failed(): Promise<string> {
    return this.#parts.failed;
  }

  /** For log rotation: the access log goes on in a new file of its name. */
  reopenLogs(): void {
    this.#parts.threads.reopenLogs();
    this.#parts.log.info('access-log-reopened');
  }

  /** Fails health checks for `drain_wait`, then lets connections finish for `drain_timeout` at most. */
  drain(): Promise<void> {
    const { config, health, threads, routerLog: log } = this.#parts;
    return drain({ config, health, threads, log, name: 'gorouter' });
  }

  /** Makes the router work by this configuration as far as it can while it runs, and says how far that is. */
  reload(next: Config): void {
    this.#parts.reload(next);
  }

  async stop(): Promise<void> {
    const { routerLog: log } = this.#parts;
    log.info('gorouter.stopping');
    const begun = performance.now();
    await this.#parts.stop();
    log.info('gorouter.stopped', { took: Math.round(performance.now() - begun) });
  }
}
