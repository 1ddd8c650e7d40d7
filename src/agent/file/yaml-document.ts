import { isAlias, LineCounter, type Document as ParsedDocument, parseDocument, visit } from 'yaml';
import { duplicateKey } from '../../config/duplicate-key.ts';
import type { Document } from './document.ts';

/** Anchors times aliases: the library looks at all of the ones for each of the others, about a second for so many. */
const MOST_LOOKS = 10_000_000;

export function readYaml(text: string): Document {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    // With `silent` the library would pass over a second document.
    logLevel: 'error',
    merge: true,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const broken = (what: string, offset: number): Document => {
    const { line, col } = counter.linePos(offset);
    return { ok: false, error: `neither JSON nor YAML: ${what} in line ${line}, column ${col}` };
  };
  const [error] = document.errors;
  if (error?.code === 'MULTIPLE_DOCS') {
    const { line } = counter.linePos(error.pos[0]);
    return { ok: false, error: `found a second document (---) in line ${line}, allowed: one` };
  }
  if (error !== undefined) return broken(error.code.toLowerCase().replaceAll('_', ' '), error.pos[0]);
  const repeated = duplicateKey(document);
  if (repeated !== null) return broken('duplicate key', repeated.range?.[0] ?? 0);
  if (text.includes('&') && looksOf(document) > MOST_LOOKS) return { ok: false, error: 'too many aliases' };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    return { ok: false, error: 'too many aliases' };
  }
  if (text.includes('&') && !isWritable(value)) return { ok: false, error: 'an alias within what it names' };
  return { ok: true, value };
}

function looksOf(document: ParsedDocument): number {
  let anchors = 0;
  let aliases = 0;
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) aliases++;
      else if (node.anchor !== undefined) anchors++;
    },
  });
  return anchors * aliases;
}

/** What holds itself could never be said. */
function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
