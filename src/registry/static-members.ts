import type { Member } from './members.ts';

/** Members that an operator speaks for: no heartbeat keeps them, and their time ends when the operator said. */
export class StaticMembers {
  /** Hears that an agent speaks for one of them from now on. */
  onLeft: () => void = () => {};
  readonly #members = new Set<Member>();
  readonly #byAddress = new Map<string, Set<Member>>();

  get size(): number {
    return this.#members.size;
  }

  at(address: string): Iterable<Member> {
    return this.#byAddress.get(address) ?? [];
  }

  /** Unix milliseconds of the next end; null: there is none. */
  get nextEnd(): number | null {
    let next: number | null = null;
    for (const { origin } of this.#members) {
      if (origin.kind === 'operator' && (next === null || origin.until < next)) next = origin.until;
    }
    return next;
  }

  /** Those whose time is over. @param now Unix milliseconds */
  over(now: number): Member[] {
    return [...this.#members].filter(({ origin }) => origin.kind === 'operator' && origin.until <= now);
  }

  add(member: Member): void {
    const { address } = member.held;
    this.#members.add(member);
    const others = this.#byAddress.get(address);
    if (others === undefined) this.#byAddress.set(address, new Set([member]));
    else others.add(member);
  }

  /** Somebody else speaks for it now. */
  leave(member: Member): void {
    this.remove(member);
    this.onLeft();
  }

  /** It is out of the table. */
  remove(member: Member): void {
    if (!this.#members.delete(member)) return;
    const { address } = member.held;
    const others = this.#byAddress.get(address);
    others?.delete(member);
    if (others?.size === 0) this.#byAddress.delete(address);
  }
}
