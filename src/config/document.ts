import { type Document, type ErrorCode, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { type Survey, survey } from './survey.ts';

export interface ConfigDocument extends Survey {
  readonly kind: 'document';
  readonly value: unknown;
}

export interface BrokenYaml {
  readonly kind: 'broken';
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

/** How often aliases may repeat what they stand for, before the file counts as a "billion laughs" bomb. */
const MAX_ALIAS_COUNT = 100;

// In place of the library's words where those quote the file, and so may quote a secret.
const OWN_WORDS: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'text that starts with * or & must be quoted',
  BAD_COLLECTION_TYPE: 'a tag (!) that does not fit what it stands before',
  BAD_DIRECTIVE: 'unknown directive',
  BAD_DQ_ESCAPE: 'unknown escape sequence in double quotes',
  MULTIPLE_DOCS: 'only one document is allowed',
  NON_STRING_KEY: 'keys must be plain text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAG_RESOLVE_FAILED: 'text that starts with ! must be quoted',
  UNEXPECTED_TOKEN: 'something that cannot stand here',
};

export function readDocument(text: string, schema: z.ZodType): ConfigDocument | BrokenYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    logLevel: 'error',
    merge: true,
    prettyErrors: false,
    stringKeys: true,
  });
  const error = document.errors[0] ?? document.warnings[0];
  if (error !== undefined) return broken(counter, error.pos[0], OWN_WORDS[error.code] ?? error.message);
  const surveyed = survey(document.contents, schema, (offset) => counter.linePos(offset).line);
  try {
    return { kind: 'document', value: document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }), ...surveyed };
  } catch {
    const alias = unresolvedAlias(document);
    if (alias !== null) return broken(counter, alias, 'text that starts with * must be quoted');
    return broken(counter, null, 'aliases (*) repeat too much, or a merge (<<) has nothing to merge');
  }
}

function unresolvedAlias(document: Document): number | null {
  let offset: number | null = null;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? null;
      return visit.BREAK;
    },
  });
  return offset;
}

function broken(counter: LineCounter, offset: number | null, message: string): BrokenYaml {
  const place = offset === null ? null : counter.linePos(offset);
  return {
    kind: 'broken',
    line: place?.line ?? null,
    column: place?.col ?? null,
    message: `broken YAML: ${message}`,
  };
}
