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
    const name = lines.slice(at, colon).toLowerCase();
    if (!OF_HTTP_1.has(name)) fields.push(name, lines.slice(colon + 2, end));
    at = end + 2;
  }
  return fields;
}

/** What HTTP/2 has no room for, and Node throws at (RFC 9113 §8.2.2). */
const OF_HTTP_1: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Of HTTP/1.1's handshake alone (RFC 8441 §5). */
const OF_SWITCHING: ReadonlySet<string> = new Set(['sec-websocket-accept']);

/** What a whole 101 is to an extended CONNECT. */
export function openingFields(head: string): string[] {
  const fields = responseFields(200, head);
  return fields.filter((_, i) => !OF_SWITCHING.has(fields[i - (i % 2)]!));
}

/** Names and values in turn as Node wants them where it takes no such list. */
export function byName(fields: readonly string[]): Record<string, string[]> {
  // A name may be one that every object has.
  const grouped: Record<string, string[]> = Object.create(null);
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    grouped[name] ??= [];
    grouped[name].push(fields[i + 1]!);
  }
  return grouped;
}

/** Trailers that go on to the client, by name; several of one name as a list. */
export function trailerFields(trailers: Head): Record<string, string[]> {
  const fields: string[] = [];
  for (let line = 0; line < trailers.count; line++) {
    const name = trailers.name(line).toLowerCase();
    if (trailerPasses(trailers, line) && !OF_HTTP_1.has(name)) fields.push(name, trailers.value(line));
  }
  return byName(fields);
}

/** Trailers of a request as the head parser reads them. */
export function trailerText(fields: readonly string[]): string {
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return `${text}\r\n`;
}
