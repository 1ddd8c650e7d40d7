import type { Config } from '../../config/schema.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { Part } from './part.ts';

/** Says at the start which routes the router takes, in gorouter's words. */
export class ShardPart implements Part {
  readonly name = 'shard';
  readonly #config: Config;
  readonly #log: ComponentLog;

  constructor(config: Config, log: ComponentLog) {
    this.#config = config;
    this.#log = log;
  }

  start(): void {
    const { zone, isolation_segments, routing_table_sharding_mode } = this.#config;
    this.#log.debug('local-az-set', { AvailabilityZone: zone });
    this.#log.info('retrieved-isolation-segments', { isolation_segments, routing_table_sharding_mode });
  }
}
