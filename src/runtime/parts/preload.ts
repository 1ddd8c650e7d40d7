import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { Part } from './part.ts';

/**
 * gorouter's wait for agents before it says that it is healthy (docs/compatibility.md §5.4). There is no need for it
 * where nothing is missing, and no use in it where nobody can announce anything.
 */
export class PreloadPart implements Part {
  readonly name = 'preload';
  readonly #config: Pick<Config, 'start_response_delay_interval'>;
  readonly #isNeeded: () => boolean;
  readonly #log: ComponentLog;

  constructor(
    config: Pick<Config, 'start_response_delay_interval'>,
    isNeeded: () => boolean,
    log: ComponentLog,
  ) {
    this.#config = config;
    this.#isNeeded = isNeeded;
    this.#log = log;
  }

  async start(): Promise<void> {
    if (!this.#isNeeded()) return;
    const { start_response_delay_interval: interval } = this.#config;
    this.#log.debug('Sleeping before returning success on /health endpoint to preload routing table', {
      sleep_time_seconds: interval / 1000,
    });
    await delay(interval);
  }
}
