import { readFileSync, writeFileSync } from 'node:fs';
import { CannotStart } from '../cannot-start.ts';
import { renderFigures } from './markdown.ts';
import type { Result } from './results.ts';

const FILE = new URL('../../docs/reliability.md', import.meta.url);
const BEGIN = '<!-- figures: written by npm run reliability -->\n';
const END = '<!-- end of figures -->\n';

/** Brings the figures of docs/reliability.md up to date. */
export function writeDocument(results: readonly Result[]): void {
  writeFileSync(FILE, withFigures(readFileSync(FILE, 'utf8'), renderFigures(results)));
}

/**
 * `document` with `figures` in the place kept for them.
 * @throws CannotStart when there is no such place
 */
export function withFigures(document: string, figures: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new CannotStart('docs/reliability.md has no place for figures');
  return `${document.slice(0, begin + BEGIN.length)}\n${figures}\n${document.slice(end)}`;
}
