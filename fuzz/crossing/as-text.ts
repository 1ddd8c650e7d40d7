import type { Fields } from '../../test/support/hpack.ts';
import { BYTE_MUTATIONS } from '../mutation/bytes.ts';
import type { Random } from '../random.ts';
import type { Message } from './message.ts';
import type { Part } from './part.ts';

const LONGEST_MUTATED = 4096;

/** A message as HTTP/1.1 spells it, one part a line, so that a line can be left out. */
export function asText(
  message: Message,
  kind: 'request' | 'response',
  wild: boolean,
  random: Random,
): Part[] {
  const lines: string[] = [];
  const version = wild && random.oneIn(16) ? 'HTTP/1.0' : 'HTTP/1.1';
  for (const fields of message.interim)
    lines.push(startLine(fields, kind, version), ...fieldLines(fields), '\r\n');
  const { head, body, trailers } = message;
  lines.push(startLine(head, kind, version), ...fieldLines(head, kind));
  const stated = head.some(([name]) => name.toLowerCase() === 'content-length');
  // Without either, a response's body ends with its connection, and a request has none.
  // Trailers need chunks, and one must not have both and a length.
  const chunked = stated ? wild && trailers !== null : trailers !== null || !(wild && random.oneIn(5));
  if (chunked && (!stated || !wild || random.oneIn(6))) lines.push('Transfer-Encoding: chunked\r\n');
  if (random.oneIn(4)) lines.push('Connection: close\r\n');
  lines.push('\r\n', ...(chunked ? chunks(body, trailers) : body));
  const at = random.below(lines.length);
  if (wild && random.oneIn(6) && lines[at]!.length < LONGEST_MUTATED && lines[at] !== '') {
    lines[at] = random.pick(BYTE_MUTATIONS)(lines[at]!, random);
  }
  return lines.map((text) => ({ kind: 'bytes', text }));
}

function startLine(fields: Fields, kind: 'request' | 'response', version: string): string {
  const value = (name: string) => fields.find((field) => field[0] === name)?.[1] ?? '';
  if (kind === 'request') return `${value(':method')} ${value(':path')} ${version}\r\n`;
  return `${version} ${value(':status')} Fine\r\n`;
}

/** Pseudo-headers that stand where they should are in the start line; others are lines like any. */
function fieldLines(fields: Fields, kind: 'request' | 'response' | 'trailers' = 'response'): string[] {
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const [name, value] of fields) {
    const isOwn =
      kind !== 'trailers' && /^:(method|scheme|path|status|authority)$/.test(name) && !seen.has(name);
    seen.add(name);
    if (!isOwn) lines.push(`${name}: ${value}\r\n`);
    else if (name === ':authority') lines.push(`Host: ${value}\r\n`);
  }
  return lines;
}

function chunks(body: readonly string[], trailers: Fields | null): string[] {
  const pieces = body.filter((piece) => piece !== '');
  const last = trailers === null ? [] : fieldLines(trailers, 'trailers');
  return [...pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`), '0\r\n', ...last, '\r\n'];
}
