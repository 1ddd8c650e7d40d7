import { CannotStart } from '../cannot-start.ts';

/**
 * `document` with `text` between the two comments; an empty line before and after it.
 * @throws CannotStart when one of them is not there
 */
export function betweenMarkers(
  document: string,
  [begin, end]: readonly [begin: string, end: string],
  text: string,
): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) throw new CannotStart(`there is no place between ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${document.slice(to)}`;
}
