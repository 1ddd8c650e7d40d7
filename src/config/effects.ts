import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { valueAt } from './defaults.ts';
import { fieldPaths } from './schema-path.ts';

/** Keys that are accepted and never acted on, with the reason. */
export function keysWithoutEffect(keys?: z.core.$ZodType): [path: string, reason: string][] {
  return [...fieldPaths(keys)].flatMap(([path, { effect }]) =>
    typeof effect === 'object' ? [[path, effect.none] as [string, string]] : [],
  );
}

/** Keys that are accepted and not acted on yet. */
export function keysNotYet(keys?: z.core.$ZodType): string[] {
  return [...fieldPaths(keys)].filter(([, { effect }]) => effect === 'not yet').map(([path]) => path);
}

/**
 * Those of them that a file sets to something that would make a difference.
 * @param given the file, as it stands
 * @param config as it was understood
 * @param defaults a configuration of defaults alone
 */
export function missedKeys(
  given: unknown,
  config: unknown,
  defaults: unknown,
  keys?: z.core.$ZodType,
): string[] {
  return keysNotYet(keys).filter((path) => {
    const value = valueAt(given, path);
    if (value === undefined || value === null) return false;
    return !isDeepStrictEqual(valueAt(config, path), valueAt(defaults, path));
  });
}
