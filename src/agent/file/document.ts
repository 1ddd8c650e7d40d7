export type Document =
  | { readonly ok: true; readonly value: unknown }
  /** A sentence that quotes nothing of the text, which may hold a secret. */
  | { readonly ok: false; readonly error: string };

/** JSON, which of two values for a key takes the last; or YAML, whose reader is loaded for it alone. */
export async function readDocument(text: string): Promise<Document> {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    const { readYaml } = await import('./yaml-document.ts');
    return readYaml(text);
  }
}
