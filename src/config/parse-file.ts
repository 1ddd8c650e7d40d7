import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import type { z } from 'zod';
import { overlay } from './defaults.ts';
import { readDocument } from './document.ts';
import { type GivenKeys, givenKeys } from './given-keys.ts';
import { type ConfigProblem, configProblem } from './problem.ts';
import { fieldRemarks, type Remark } from './remarks.ts';
import { dotted, type KeyPath } from './schema-path.ts';
import { issueMessage, unknownKeyMessage } from './wording.ts';

/** A kind of configuration file. */
export interface FileKind<Value> {
  /** Its keys, one by one. */
  readonly keys: z.ZodObject;
  /** The same with what no single key can tell. */
  readonly checked: z.ZodType<Value>;
  /** What holds for the keys that are left out. @param given the file, right or wrong */
  defaults(given: unknown): Record<string, unknown>;
  /** What is said of a file that is taken, beside what its single keys have to say. */
  remarks(value: Value, given: unknown): readonly Remark[];
}

const SECOND_DOCUMENT = 'a second document begins here: ignored';

export type FileResult<Value> =
  | {
      readonly ok: true;
      readonly value: Value;
      readonly given: GivenKeys;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export function readFile<Value>(kind: FileKind<Value>, path: string): FileResult<Value> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    const place = { file: path, line: null, column: null };
    return {
      ok: false,
      problems: [configProblem(place, '', `cannot be read: ${getSystemErrorMessage(errno)}`)],
    };
  }
  return parseFile(kind, text, path);
}

/** @param file the name to give in problems */
export function parseFile<Value>(kind: FileKind<Value>, text: string, file: string): FileResult<Value> {
  const { keys, checked } = kind;
  const document = readDocument(text, keys);
  if (document.kind === 'broken') {
    return { ok: false, problems: [configProblem({ file, ...document }, '', document.message)] };
  }
  const problem = (path: KeyPath, line: number | null, message: string): ConfigProblem =>
    configProblem({ file, line, column: null }, dotted(path), message);
  const defaults = kind.defaults(document.value);
  const parsed = checked.safeParse(overlay(defaults, document.value), { reportInput: true });
  if (parsed.success) {
    const unknown = document.unknownKeys.map((key) =>
      problem(key.path, key.line, unknownKeyMessage(key, keys)),
    );
    const remarks = [...fieldRemarks(keys, document.value), ...kind.remarks(parsed.data, document.value)].map(
      ({ path, message }) => problem(path, nearestLine(document.lines, path), message),
    );
    const second = document.secondAt === null ? [] : [problem([], document.secondAt, SECOND_DOCUMENT)];
    const warnings = [...unknown, ...remarks, ...second];
    return { ok: true, value: parsed.data, given: givenKeys(document.value), warnings };
  }
  const problems = parsed.error.issues
    .map((issue) => ({ issue, line: nearestLine(document.lines, issue.path) }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ issue, line }) => problem(issue.path, line, issueMessage(issue, keys)));
  return { ok: false, problems };
}

/** The key's line, or that of what holds it where the key came through an alias or is missing. */
function nearestLine(lines: ReadonlyMap<string, number>, path: KeyPath): number | null {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(dotted(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return null;
}
