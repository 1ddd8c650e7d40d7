import type { Sharding } from '../../registry/sharding.ts';
import { Unreadable } from '../../snapshot/checked-text.ts';
import { saidOf } from '../../snapshot/line.ts';
import type { TableSource } from '../../snapshot/table-source.ts';

/** Whether the bus was there when a snapshot was written, and what of it was listened to. */
export interface FormerBus {
  readonly connected: boolean;
  /** Unix milliseconds of when it was lost; null: it was there. */
  readonly lostAt: number | null;
  /** Null: it is not known. */
  readonly sharding: Sharding | null;
}

/** What a snapshot says of the bus, by which the next process knows whether the time between the two counts. */
export class BusSource implements TableSource<BusSource> {
  readonly kind = 'bus';
  readonly isAside = true;
  readonly #since = Date.now();
  readonly #read: () => Omit<FormerBus, 'sharding'>;
  readonly #sharding: Sharding;

  constructor(read: () => Omit<FormerBus, 'sharding'>, sharding: Sharding) {
    this.#read = read;
    this.#sharding = sharding;
  }

  entries(): Iterable<BusSource> {
    return [this];
  }

  describe(): object {
    const { connected, lostAt } = this.#read();
    return { connected, lost_at: lostAt, sharding: this.#sharding };
  }

  announcedAt(): number {
    return this.#since;
  }

  read(fields: string): FormerBus | Unreadable {
    const said = saidOf(fields);
    if (said instanceof Unreadable) return said;
    const { connected, lost_at: lostAt, sharding } = said;
    return {
      connected: connected === true,
      lostAt: typeof lostAt === 'number' ? lostAt : null,
      sharding: shardingOf(sharding),
    };
  }
}

function shardingOf(value: unknown): Sharding | null {
  if (typeof value !== 'object' || value === null) return null;
  const { mode, segments } = value as Readonly<Record<string, unknown>>;
  if (mode !== 'all' && mode !== 'segments' && mode !== 'shared-and-segments') return null;
  if (!Array.isArray(segments) || !segments.every((segment) => typeof segment === 'string')) return null;
  return { mode, segments };
}
