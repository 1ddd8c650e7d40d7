import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { defaultsNamed, overlay, withoutFile } from './defaults.ts';
import { readDocument } from './document.ts';
import { missedKeys } from './effects.ts';
import { type ConfigProblem, configProblem } from './problem.ts';
import type { DefaultsName } from './schema/field.ts';
import { type Config, configSchema } from './schema.ts';
import { fileSchema } from './schema-file.ts';
import { dotted, type KeyPath } from './schema-path.ts';
import { issueMessage, unknownKeyMessage } from './wording.ts';

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** The configuration in a gorouter.yml, or without one the defaults for a try on one's own machine. */
export function readConfig(path: string | null): ConfigResult {
  if (path === null) {
    return {
      ok: true,
      config: configSchema.parse(overlay(defaultsNamed('recommended'), withoutFile)),
      warnings: [],
    };
  }
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
  return parseConfig(text, path);
}

/** @param file the name to give in problems */
export function parseConfig(text: string, file: string): ConfigResult {
  const document = readDocument(text, fileSchema);
  if (document.kind === 'broken') {
    return { ok: false, problems: [configProblem({ file, ...document }, '', document.message)] };
  }
  const problem = (path: KeyPath, line: number | null, message: string): ConfigProblem =>
    configProblem({ file, line, column: null }, dotted(path), message);
  const defaults = defaultsNamed(chosenDefaults(document.value));
  const parsed = configSchema.safeParse(overlay(defaults, document.value), { reportInput: true });
  if (parsed.success) {
    const warnings = [
      ...document.unknownKeys.map((key) => problem(key.path, key.line, unknownKeyMessage(key))),
      ...missedKeys(document.value, parsed.data, configSchema.parse(defaults)).map((key) =>
        problem(key.split('.'), document.lines.get(key) ?? null, 'not supported yet, ignored'),
      ),
    ];
    return { ok: true, config: parsed.data, warnings };
  }
  const problems = parsed.error.issues
    .map((issue) => ({ issue, line: nearestLine(document.lines, issue.path) }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ issue, line }) => problem(issue.path, line, issueMessage(issue)));
  return { ok: false, problems };
}

/** What the file says of `cellgate.defaults`, right or wrong; the schema finds fault with the latter. */
function chosenDefaults(value: unknown): DefaultsName {
  const { cellgate } = (value ?? {}) as { cellgate?: { defaults?: unknown } | null };
  return cellgate?.defaults === 'recommended' ? 'recommended' : 'gorouter';
}

/** The key's line, or that of what holds it where the key came through an alias or is missing. */
function nearestLine(lines: ReadonlyMap<string, number>, path: KeyPath): number | null {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(dotted(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return null;
}
