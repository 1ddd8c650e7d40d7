import { parseDocument } from 'yaml';
import type { Document } from './document.ts';

export function readYaml(text: string): Document {
  const document = parseDocument(text, {
    logLevel: 'silent',
    merge: true,
    prettyErrors: true,
    stringKeys: true,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const at = error.linePos?.[0];
    const where = at === undefined ? '' : ` in line ${at.line}, column ${at.col}`;
    return {
      ok: false,
      error: `neither JSON nor YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}${where}`,
    };
  }
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
