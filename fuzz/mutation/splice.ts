import type { Random } from '../random.ts';

/** Changes a message; answers it unchanged where it has nothing to change. */
export type Mutation = (text: string, random: Random) => string;

export function splice(text: string, at: number, removed: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + removed);
}

export interface Span {
  readonly at: number;
  readonly length: number;
}

/** One of the places where `pattern`, which is global, is found; `null` when there is none. */
export function findOne(text: string, pattern: RegExp, random: Random): Span | null {
  const found = Array.from(text.matchAll(pattern), (match) => ({ at: match.index, length: match[0].length }));
  return found.length === 0 ? null : random.pick(found);
}

/** Puts something else in one of the places where `pattern` is found. */
export function replaceOne(
  text: string,
  random: Random,
  pattern: RegExp,
  put: (found: string) => string,
): string {
  const span = findOne(text, pattern, random);
  if (span === null) return text;
  return splice(text, span.at, span.length, put(text.slice(span.at, span.at + span.length)));
}
