import { contain } from '../../boundary/boundary.ts';
import type { Owner } from '../../boundary/owner.ts';
import type { UnfinishedHolder } from '../../network/unfinished.ts';
import type { ProxyContext } from '../proxy-context.ts';

/** A head, or trailers, of which a client has sent a part: its memory counts with that of all others of the thread. */
export class UnfinishedSection implements UnfinishedHolder {
  readonly #context: ProxyContext;
  readonly #owner: Owner;
  readonly #onShed: () => void;
  /** Nearly all come whole, and cost nothing here. */
  #state: 'none' | 'held' = 'none';

  /** @param onShed others need the memory, and this one is the oldest */
  constructor(context: ProxyContext, owner: Owner, onShed: () => void) {
    this.#context = context;
    this.#owner = owner;
    this.#onShed = onShed;
  }

  /** @param bytes that it takes by now; 0: there is none any more */
  hold(bytes: number): void {
    if (bytes === 0) {
      this.letGo();
      return;
    }
    this.#state = 'held';
    this.#context.unfinished.hold(this, bytes);
  }

  letGo(): void {
    if (this.#state === 'none') return;
    this.#state = 'none';
    this.#context.unfinished.letGo(this);
  }

  shed(): void {
    this.#state = 'none';
    contain(this.#owner, this.#onShed);
  }
}
