import { Unreadable } from '../../snapshot/checked-text.ts';
import { saidOf } from '../../snapshot/line.ts';
import type { TableSource } from '../../snapshot/table-source.ts';

/** Whether the bus was there when a snapshot was written. */
export interface FormerBus {
  readonly connected: boolean;
}

/** What a snapshot says of the bus, by which the next process knows whether the time between the two counts. */
export class BusSource implements TableSource<BusSource> {
  readonly kind = 'bus';
  readonly #since = Date.now();
  readonly #isConnected: () => boolean;

  constructor(isConnected: () => boolean) {
    this.#isConnected = isConnected;
  }

  entries(): Iterable<BusSource> {
    return [this];
  }

  describe(): object {
    return { connected: this.#isConnected() };
  }

  announcedAt(): number {
    return this.#since;
  }

  read(fields: string): FormerBus | Unreadable {
    const said = saidOf(fields);
    return said instanceof Unreadable ? said : { connected: said['connected'] === true };
  }
}
