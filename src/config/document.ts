import { type ErrorCode, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { duplicateKey } from './duplicate-key.ts';
import { type Survey, SurveyError, survey } from './survey.ts';

export interface ConfigDocument extends Survey {
  readonly kind: 'document';
  /** Where a second document begins, which Go does not read either; null: there is none. */
  readonly secondAt: number | null;
}

export interface BrokenYaml {
  readonly kind: 'broken';
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

// In place of the library's words where those quote the file, and so may quote a secret.
const OWN_WORDS: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'text that starts with * or & must be quoted',
  BAD_COLLECTION_TYPE: 'a tag (!) that does not fit what it stands before',
  BAD_DIRECTIVE: 'unknown directive',
  BAD_DQ_ESCAPE: 'unknown escape sequence in double quotes',
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
    uniqueKeys: false,
  });
  const isSecond = ({ code }: YAMLError): boolean => code === 'MULTIPLE_DOCS';
  const error = document.errors.find((each) => !isSecond(each)) ?? document.warnings[0];
  if (error !== undefined) return broken(counter, error.pos[0], OWN_WORDS[error.code] ?? error.message);
  const repeated = duplicateKey(document);
  if (repeated !== null) return broken(counter, repeated.range?.[0] ?? 0, 'Map keys must be unique');
  const second = document.errors.find(isSecond);
  const lineAt = (offset: number): number => counter.linePos(offset).line;
  try {
    return {
      kind: 'document',
      secondAt: second === undefined ? null : lineAt(second.pos[0]),
      ...survey(document, schema, lineAt),
    };
  } catch (fault) {
    if (fault instanceof SurveyError) return broken(counter, fault.offset, fault.message);
    throw fault;
  }
}

function broken(counter: LineCounter, offset: number, message: string): BrokenYaml {
  const { line, col } = counter.linePos(offset);
  return { kind: 'broken', line, column: col, message: `broken YAML: ${message}` };
}
