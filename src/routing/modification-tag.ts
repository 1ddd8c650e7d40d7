/** Where a route stands among its versions, as the routing API counts them. */
export interface ModificationTag {
  readonly guid: string;
  readonly index: number;
}

export function sameTag(a: ModificationTag | null, b: ModificationTag | null): boolean {
  return (a?.guid ?? '') === (b?.guid ?? '') && (a?.index ?? 0) === (b?.index ?? 0);
}

/** Whether a message about what is present comes too late to count. */
export function isOlder(tag: ModificationTag | null, present: ModificationTag | null): boolean {
  if (tag === null || present === null || tag.guid === '') return false;
  return tag.guid === present.guid && tag.index < present.index;
}

/** Whether `next` is newer, which it always is where one of them is without a tag (docs/compatibility.md §1.5). */
export function isSucceededBy(present: ModificationTag | null, next: ModificationTag | null): boolean {
  if (present === null || next === null || present.guid === '' || next.guid === '') return true;
  return present.guid !== next.guid || next.index > present.index;
}
