/**
 * The beginning of a text as one of its own. What is cut out of a longer one keeps that in memory: a few words of a head
 * that is kept in mind would keep all of the head, which may be a megabyte.
 */
export function ownText(text: string, most: number): string {
  return text === '' ? '' : Buffer.from(text.slice(0, most)).toString();
}
