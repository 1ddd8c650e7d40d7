import { isDeepStrictEqual } from 'node:util';
import { valueAt } from './defaults.ts';
import { fieldPaths } from './schema-path.ts';

/** Keys that are accepted and never acted on, with the reason. */
export function keysWithoutEffect(): [path: string, reason: string][] {
  return [...fieldPaths()].flatMap(([path, { effect }]) =>
    typeof effect === 'object' ? [[path, effect.none] as [string, string]] : [],
  );
}

/** Keys that are accepted and not acted on yet. */
export function keysNotYet(): string[] {
  return [...fieldPaths()].filter(([, { effect }]) => effect === 'not yet').map(([path]) => path);
}

/**
 * Those of them that a file sets to something that would make a difference.
 * @param given the file, as it stands
 * @param config as it was understood
 * @param defaults a configuration of defaults alone
 */
export function missedKeys(given: unknown, config: unknown, defaults: unknown): string[] {
  return keysNotYet().filter((path) => {
    const value = valueAt(given, path);
    if (value === undefined || value === null) return false;
    return !isDeepStrictEqual(valueAt(config, path), valueAt(defaults, path));
  });
}
