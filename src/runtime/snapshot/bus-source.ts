import { Unreadable } from '../../snapshot/checked-text.ts';
import { saidOf } from '../../snapshot/line.ts';
import type { TableSource } from '../../snapshot/table-source.ts';

/** Whether the bus was there when a snapshot was written. */
export interface FormerBus {
  readonly connected: boolean;
  /** Unix milliseconds of when it was lost; null: it was there. */
  readonly lostAt: number | null;
}

/** What a snapshot says of the bus, by which the next process knows whether the time between the two counts. */
export class BusSource implements TableSource<BusSource> {
  readonly kind = 'bus';
  readonly #since = Date.now();
  readonly #read: () => FormerBus;

  constructor(read: () => FormerBus) {
    this.#read = read;
  }

  entries(): Iterable<BusSource> {
    return [this];
  }

  describe(): object {
    const { connected, lostAt } = this.#read();
    return { connected, lost_at: lostAt };
  }

  announcedAt(): number {
    return this.#since;
  }

  read(fields: string): FormerBus | Unreadable {
    const said = saidOf(fields);
    if (said instanceof Unreadable) return said;
    const { connected, lost_at: lostAt } = said;
    return { connected: connected === true, lostAt: typeof lostAt === 'number' ? lostAt : null };
  }
}
