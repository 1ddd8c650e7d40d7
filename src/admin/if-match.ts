import { type Problem, problem } from './answer.ts';

/** What a client has seen and wants to change as that alone (RFC 9110 §13.1.1): a decision by its revision. */
export type IfMatch =
  /** Whatever it is, as long as there is something. */
  | { readonly kind: 'any' }
  /** Strong tags, with their quotes; weak ones match nothing. */
  | { readonly kind: 'tags'; readonly tags: readonly string[] };

const TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/** The strong entity tag of what was decided; counts of the moment that are shown with it are no part of it. */
export function revisionTag(revision: number): string {
  return `"r${revision}"`;
}

/** Null: nothing is said of it. @param lines values of all such header lines */
export function readIfMatch(lines: readonly string[] | undefined): IfMatch | Problem | null {
  if (lines === undefined) return null;
  const members = lines.flatMap((line) => line.split(',')).map((member) => member.trim());
  if (members.length === 1 && members[0] === '*') return { kind: 'any' };
  const tags = members.filter((member) => member !== '');
  if (tags.length > 0 && tags.every((tag) => TAG.test(tag))) {
    return { kind: 'tags', tags: tags.filter((tag) => !tag.startsWith('W/')) };
  }
  return problem(
    400,
    'bad-if-match',
    'the If-Match header holds no entity tag',
    'allowed: * or tags as ETag has them, like "r12"',
  );
}

/**
 * Why a change is not made: what stands there is another than the client has seen; null: it may be.
 * @param revision of what stands there; null: nothing does
 */
export function changedMeanwhile(
  wanted: IfMatch | null,
  revision: number | null,
  what: string,
): Problem | null {
  if (wanted === null) return null;
  if (revision === null) {
    return problem(412, 'changed', `${what}: nothing is decided there`, 'without If-Match it is made anew');
  }
  const tag = revisionTag(revision);
  if (wanted.kind === 'any' || wanted.tags.includes(tag)) return null;
  return problem(
    412,
    'changed',
    `${what} is at revision ${revision} now, whose tag is ${tag}`,
    'look at it again, and say If-Match with that tag',
    { ETag: tag },
  );
}
