import { z } from 'zod';
import { fileSchema } from './schema-file.ts';
import { fieldOf, unwrapped } from './schema-path.ts';

/** What stands for a secret; it says that there is one. */
const MASK = '(hidden)';

/** A configuration in the words of a file, defaults and derived values included, secrets not. */
export function effectiveFile(config: object, keys: z.core.$ZodType = fileSchema): unknown {
  return shown(config, keys);
}

function shown(value: unknown, schema: z.core.$ZodType): unknown {
  const field = fieldOf(schema);
  if (field?.type.startsWith('secret')) return value === '' ? '' : MASK;
  if (field?.type === 'duration') return value === undefined ? undefined : durationText(value as number);
  const at = unwrapped(schema);
  if (at instanceof z.ZodArray && Array.isArray(value)) return value.map((item) => shown(item, at.element));
  if (!(at instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries<z.core.$ZodType>(at.shape)
    .map(([key, below]) => [key, shown((value as Record<string, unknown>)[key], below)] as const)
    .filter(([, below]) => below !== undefined);
  return Object.fromEntries(entries);
}

function durationText(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
