import { LineCounter, parseDocument } from 'yaml';
import { duplicateKey } from '../../config/duplicate-key.ts';
import type { Document } from './document.ts';

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
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    return { ok: false, error: 'too many aliases' };
  }
  if (text.includes('&') && !isWritable(value)) return { ok: false, error: 'an alias within what it names' };
  return { ok: true, value };
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
