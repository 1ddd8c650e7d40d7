import type { z } from 'zod';
import { fieldPaths } from './schema-path.ts';

/** Keys that are accepted and never acted on, with the reason. */
export function keysWithoutEffect(keys?: z.core.$ZodType): [path: string, reason: string][] {
  return [...fieldPaths(keys)].flatMap(([path, { effect }]) =>
    typeof effect === 'object' ? [[path, effect.none] as [string, string]] : [],
  );
}
