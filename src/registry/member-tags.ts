import type { ModificationTag } from '../routing/modification-tag.ts';
import type { Member } from './members.ts';

/** The modification tags of members that the routing API knows; none are kept for the others. */
export class MemberTags {
  /** Null without such members. */
  #tags: WeakMap<Member, ModificationTag> | null = null;

  of(member: Member): ModificationTag | null {
    return this.#tags?.get(member) ?? null;
  }

  set(member: Member, tag: ModificationTag | null): void {
    if (tag !== null) {
      this.#tags ??= new WeakMap();
      this.#tags.set(member, tag);
    } else this.#tags?.delete(member);
  }
}
