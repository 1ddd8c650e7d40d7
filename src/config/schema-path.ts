import { z } from 'zod';
import { type Field, fields } from './field.ts';
import { fileSchema } from './schema.ts';

export type KeyPath = readonly PropertyKey[];

const NAME = /^[\w-]{1,64}$/;

/** `nats.hosts.0.port`. What no key is named like may be a secret after a forgotten colon, and is left out. */
export function dotted(path: KeyPath): string {
  return path.map((key) => (NAME.test(String(key)) ? String(key) : '?')).join('.');
}

/** The schema of one key or list element below another, or null when there is none. */
export function schemaBelow(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | null {
  if (schema instanceof z.ZodArray) return schema.element;
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, key)) return null;
  return schema.shape[key as string];
}

/** What is known of the key at a path; null for a mapping. */
export function fieldAt(path: KeyPath): Field | null {
  let schema: z.core.$ZodType | null = fileSchema;
  for (const key of path) schema &&= schemaBelow(schema, key);
  return schema && (fields.get(schema as z.ZodType) ?? null);
}

/** Every key with a value of its own, in the schema's order, list elements as `list[]`. */
export function* fieldPaths(schema: z.core.$ZodType = fileSchema, path = ''): Generator<[string, Field]> {
  const field = fields.get(schema as z.ZodType);
  if (field !== undefined) yield [path, field];
  if (schema instanceof z.ZodArray) yield* fieldPaths(schema.element, `${path}[]`);
  if (!(schema instanceof z.ZodObject)) return;
  for (const [key, below] of Object.entries<z.core.$ZodType>(schema.shape)) {
    yield* fieldPaths(below, path === '' ? key : `${path}.${key}`);
  }
}
