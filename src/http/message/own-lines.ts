/** Header lines of the router's own, made once and said again and again. */
export interface OwnLines {
  /** As HTTP/1.1 has them, each with its CRLF, in Latin-1. */
  readonly text: string;
  /** Names and values in turn, spelled as in `text`. */
  readonly fields: readonly string[];
}

export const NO_LINES: OwnLines = { text: '', fields: [] };

/** `fields`: well-formed names and values in turn. */
export function ownLines(...fields: readonly string[]): OwnLines {
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += fields[i]! + ': ' + fields[i + 1]! + '\r\n';
  // Makes one piece of memory of it: what `+` makes is put together anew in every head.
  text.charCodeAt(0);
  return { text, fields };
}
