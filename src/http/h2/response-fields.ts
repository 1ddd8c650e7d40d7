import type { Head } from '../message/head.ts';
import { trailerPasses } from '../policy/trailers.ts';

/**
 * Header lines of HTTP/1.1, each ending in CRLF behind a status line, as HTTP/2 sends them: names in lower case and
 * values in turn, `:status` first.
 */
export function responseFields(status: number, lines: string): string[] {
  const fields = [':status', String(status)];
  for (let at = lines.indexOf('\r\n') + 2; at < lines.length; ) {
    const end = lines.indexOf('\r\n', at);
    if (end <= at) break;
    const colon = lines.indexOf(':', at);
    fields.push(lines.slice(at, colon).toLowerCase(), lines.slice(colon + 2, end));
    at = end + 2;
  }
  return fields;
}

/** Trailers that go on to the client, by name; several of one name as a list. */
export function trailerFields(trailers: Head): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (let line = 0; line < trailers.count; line++) {
    if (!trailerPasses(trailers, line)) continue;
    const name = trailers.name(line).toLowerCase();
    fields[name] ??= [];
    fields[name].push(trailers.value(line));
  }
  return fields;
}

/** Trailers of a request as the head parser reads them. */
export function trailerText(fields: readonly string[]): string {
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return `${text}\r\n`;
}
