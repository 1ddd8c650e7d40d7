import { ownText } from './own-text.ts';

/** Characters on either side of the one that is wrong. */
const AROUND = 30;

/** A piece of what was refused, in printable ASCII. */
export interface Excerpt {
  readonly text: string;
  /** Where in it what is wrong stands. */
  readonly at: number;
}

export const NO_EXCERPT: Excerpt = { text: '', at: 0 };

const NAMES: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' };

/** What stands around a position of `text`, Latin-1; nothing where that is beyond it. */
export function excerptAt(text: string, position: number): Excerpt {
  if (position < 0 || position > text.length || text === '') return NO_EXCERPT;
  const before = printed(text.slice(Math.max(0, position - AROUND), position));
  const all = before + printed(text.slice(position, position + AROUND));
  return { text: ownText(all, all.length), at: before.length };
}

function printed(text: string): string {
  return text.replace(
    /[^\x20-\x7e]|\\/g,
    (char) => NAMES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
