import type { HeldEndpoint } from '../src/registry/held-endpoint.ts';
import { HeldStates } from '../src/registry/held-states.ts';
import { slotOf } from '../src/routing/seat.ts';

/** States of one backend, beyond which those of all others were lost. */
const CROWD = 16;

/** As it was: an index of one address that was made anew from one backend's states alone. */
export class LossyStates extends HeldStates {
  readonly #counts = new Map<number, number>();
  readonly #others: { held: HeldEndpoint; text: string; identity: string }[] = [];

  override add(held: HeldEndpoint, text: string, identity: string): void {
    super.add(held, text, identity);
    const slot = slotOf(held.seat);
    const count = (this.#counts.get(slot) ?? 0) + 1;
    this.#counts.set(slot, count);
    this.#others.push({ held, text, identity });
    if (count !== CROWD) return;
    for (const other of this.#others.splice(0)) {
      if (other.held.seat === held.seat || other.held.address !== held.address || other.held.uses === 0)
        continue;
      super.remove(other.held, `[${other.held.seat},${other.text.slice(1)}`, other.identity);
    }
  }
}
