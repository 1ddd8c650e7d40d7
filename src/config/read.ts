import { defaultsNamed, overlay, withoutFile } from './defaults.ts';
import type { GivenKeys } from './given-keys.ts';
import { type FileKind, type FileResult, parseFile, readFile } from './parse-file.ts';
import type { ConfigProblem } from './problem.ts';
import { gorouterRemarks } from './remarks.ts';
import type { DefaultsName } from './schema/field.ts';
import { type Config, configSchema } from './schema.ts';
import { fileSchema } from './schema-file.ts';

export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly given: GivenKeys;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const GOROUTER_YML: FileKind<Config> = {
  keys: fileSchema,
  checked: configSchema,
  defaults: (given) => defaultsNamed(chosenDefaults(given)),
  remarks: gorouterRemarks,
};

/** The configuration in a gorouter.yml, or without one the defaults for a try on one's own machine. */
export function readConfig(path: string | null): ConfigResult {
  if (path !== null) return resultOf(readFile(GOROUTER_YML, path));
  const config = configSchema.parse(overlay(defaultsNamed('recommended'), withoutFile));
  return { ok: true, config, given: new Set(), warnings: [] };
}

/** @param file the name to give in problems */
export function parseConfig(text: string, file: string): ConfigResult {
  return resultOf(parseFile(GOROUTER_YML, text, file));
}

function resultOf(read: FileResult<Config>): ConfigResult {
  if (!read.ok) return read;
  const { value: config, given, warnings } = read;
  return { ok: true, config, given, warnings };
}

/** What the file says of `cellgate.defaults`, right or wrong; the schema finds fault with the latter. */
function chosenDefaults(value: unknown): DefaultsName {
  const { cellgate } = (value ?? {}) as { cellgate?: { defaults?: unknown } | null };
  return cellgate?.defaults === 'recommended' ? 'recommended' : 'gorouter';
}
