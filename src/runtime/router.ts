import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { BusUnreachable } from '../bus/connect-bus.ts';
import type { Config } from '../config/schema.ts';
import { ListenError } from '../status/listen.ts';
import type { ComponentLog, ComponentLogOptions } from '../telemetry/component-log.ts';
import type { Addresses } from './addresses.ts';
import { Parts } from './parts.ts';
import { StartError } from './start-error.ts';

/** A whole router in this process: the control thread's work here, the traffic in its proxy threads. */
export class Router {
  readonly addresses: Addresses;
  readonly #parts: Parts;

  private constructor(parts: Parts, addresses: Addresses) {
    this.#parts = parts;
    this.addresses = addresses;
  }

  /** Resolves when requests are served. After an error nothing is left running. @throws {StartError} */
  static async start(config: Config, log: ComponentLog, logOptions: ComponentLogOptions): Promise<Router> {
    const parts = new Parts(config, log, logOptions);
    try {
      return new Router(parts, await parts.start());
    } catch (error) {
      await parts.stop();
      if (error instanceof BusUnreachable || error instanceof ListenError)
        throw new StartError(error.message);
      throw error;
    }
  }

  /** Resolves when the router cannot go on by itself, with the reason. */
  get failed(): Promise<string> {
    return this.#parts.failed;
  }

  /** Fails health checks for `drain_wait`, then lets connections finish for `drain_timeout` at most. */
  async drain(): Promise<void> {
    const { config, health, threads, log } = this.#parts;
    health.become('degraded');
    log.info('gorouter-draining', {
      wait_seconds: config.drain_wait / 1000,
      timeout_seconds: config.drain_timeout / 1000,
    });
    await delay(config.drain_wait);
    const limit = new AbortController();
    const timedOut = delay(config.drain_timeout, 'timed-out' as const, { signal: limit.signal });
    timedOut.catch(() => {});
    const outcome = await Promise.race([threads.drain(), timedOut]);
    limit.abort();
    if (outcome === 'timed-out') log.warn('router.drain.timed-out');
  }

  async stop(): Promise<void> {
    const { log } = this.#parts;
    log.info('gorouter.stopping');
    const begun = performance.now();
    await this.#parts.stop();
    log.info('gorouter.stopped', { took: Math.round(performance.now() - begun) });
  }
}
