import { parseDocument } from 'yaml';

export type Document =
  | { readonly ok: true; readonly value: unknown }
  /** A sentence that quotes nothing of the text, which may hold a secret. */
  | { readonly ok: false; readonly error: string };

/** JSON, which of two values for a key takes the last; or YAML. */
export function readDocument(text: string): Document {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return readYaml(text);
  }
}

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
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return { ok: false, error: 'too many aliases' };
  }
}
