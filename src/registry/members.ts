import type { Heartbeat } from './heartbeats.ts';
import type { HeldEndpoint } from './held-endpoint.ts';

export interface Member {
  held: HeldEndpoint;
  /** Monotonic milliseconds of the last registration. */
  refreshedAt: number;
  /** The message that refreshed it last. */
  heartbeat: Heartbeat | null;
}

/** Beyond so many, a map finds them; it takes a good deal of memory for one or two. */
const MOST_IN_A_ROW = 8;

/** The members of a pool, by address, in order of their first registration. */
export class Members {
  #row: Member[] | null = [];
  #map: Map<string, Member> | null = null;

  get size(): number {
    return this.#row?.length ?? this.#map!.size;
  }

  get(address: string): Member | undefined {
    if (this.#row === null) return this.#map!.get(address);
    for (const member of this.#row) if (member.held.address === address) return member;
    return undefined;
  }

  /** One whose address is new. */
  add(member: Member): void {
    if (this.#row !== null && this.#row.length < MOST_IN_A_ROW) {
      // Not `push`: it makes room for 16 more.
      this.#row = this.#row.length === 0 ? [member] : [...this.#row, member];
      return;
    }
    this.#map ??= new Map(this.#row!.map((each) => [each.held.address, each]));
    this.#row = null;
    this.#map.set(member.held.address, member);
  }

  delete(address: string): void {
    if (this.#row === null) this.#map!.delete(address);
    else this.#row = this.#row.filter((member) => member.held.address !== address);
  }

  values(): Iterable<Member> {
    return this.#row ?? this.#map!.values();
  }
}
