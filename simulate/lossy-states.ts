import type { HeldEndpoint } from '../src/registry/held-endpoint.ts';
import { type FoundBackend, HeldStates, type StateTexts } from '../src/registry/held-states.ts';
import { slotOf } from '../src/routing/seat.ts';

/** States of one backend, beyond which those of all others were lost. */
const CROWD = 16;

/** As it was: an index of one address that was made anew from one backend's states alone. */
export class LossyStates extends HeldStates {
  readonly #counts = new Map<number, number>();
  readonly #all: HeldEndpoint[] = [];

  override add(held: HeldEndpoint, text: string, found: FoundBackend, texts: StateTexts): void {
    super.add(held, text, found, texts);
    const slot = slotOf(held.seat);
    const count = (this.#counts.get(slot) ?? 0) + 1;
    this.#counts.set(slot, count);
    this.#all.push(held);
    if (count !== CROWD) return;
    for (const other of this.#all.splice(0)) {
      if (other.seat !== held.seat && other.address === held.address && other.uses > 0)
        super.remove(other, texts);
    }
  }
}
