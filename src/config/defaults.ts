import { z } from 'zod';
import type { DefaultsName } from './schema/field.ts';
import { fileSchema } from './schema-file.ts';
import { fieldOf } from './schema-path.ts';

/** All defaults of one set, as a file would give them; what is derived or required is left out. */
export function defaultsNamed(
  name: DefaultsName,
  keys: z.core.$ZodType = fileSchema,
): Record<string, unknown> {
  return defaultsBelow(keys, name) as Record<string, unknown>;
}

function defaultsBelow(schema: z.core.$ZodType, name: DefaultsName): unknown {
  const field = fieldOf(schema);
  if (field !== null) return field.defaults[name];
  if (!(schema instanceof z.ZodObject)) return undefined;
  const entries = Object.entries<z.core.$ZodType>(schema.shape)
    .map(([key, below]) => [key, defaultsBelow(below, name)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

/** What changes without a configuration file: a try on a laptop, open to nobody else and ready at once. */
export const withoutFile = {
  status: { host: '127.0.0.1' },
  start_response_delay_interval: '0s',
  cellgate: { listen_host: '127.0.0.1', admin: { port: 8083 } },
};

/** `upper` laid over `lower`, mapping by mapping. A null leaves what is below it, as in Go. */
export function overlay(lower: unknown, upper: unknown): unknown {
  if (upper === null || upper === undefined) return lower;
  if (!isMapping(lower) || !isMapping(upper)) return upper;
  const laid = Object.entries(upper).map(([key, value]) => [
    key,
    overlay(Object.hasOwn(lower, key) ? lower[key] : undefined, value),
  ]);
  return { ...lower, ...Object.fromEntries(laid) };
}

/** What stands at a dotted path; undefined where nothing does. */
export function valueAt(mapping: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      mapping,
    );
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
