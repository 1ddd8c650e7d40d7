import type { NaiveMessage } from '../reader/naive-grammar.ts';
import { valuesOf } from '../reader/naive-grammar.ts';
import type { Reading } from '../reader/reading.ts';
import { quote } from './difference.ts';

/** Why `bytes`, read as `reading`, are not spelled in the one way the router writes; `null` when they are. */
export function canonicalFault(bytes: string, { messages, end, why }: Reading<NaiveMessage>): string | null {
  if (end === 'refused') return `the naive reader refuses what is sent on: ${why}`;
  const spelled = messages.map(spell).join('');
  if (end === 'whole' ? bytes !== spelled : !bytes.startsWith(spelled)) {
    return `sent on as ${quote(bytes)}, not as ${quote(spelled)}`;
  }
  for (const { fields, line } of messages) {
    if (!/HTTP\/1\.1/.test(line)) return `sent on as ${quote(line)}`;
    const lengths = valuesOf(fields, 'content-length');
    const framing = lengths.length + valuesOf(fields, 'transfer-encoding').length;
    if (framing > 1) return 'sent on with more than one framing field';
    if (lengths.some((length) => !/^(?:0|[1-9][0-9]*)$/.test(length)))
      return `sent on with the length ${lengths}`;
  }
  return null;
}

/** The message as RFC 9112 would have it written; of one that breaks off, only its head. */
function spell({ line, fields, body, chunks, trailers, complete }: NaiveMessage): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `${line}\r\n${lines}\r\n`;
  if (!complete) return head;
  if (chunks === null) return head + body;
  const coded = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  return `${head}${coded}0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
