import { z } from 'zod';
import { type Field, fields } from './schema/field.ts';
import { fileSchema } from './schema-file.ts';

export type KeyPath = readonly PropertyKey[];

const NAME = /^[\w-]{1,64}$/;

/** `nats.hosts.0.port`. What no key is named like may be a secret after a forgotten colon, and is left out. */
export function dotted(path: KeyPath): string {
  return path.map((key) => (NAME.test(String(key)) ? String(key) : '?')).join('.');
}

/** What a value must be once it is there and, where texts alone stand for lists, a list. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap());
  if (schema instanceof z.ZodPipe && schema.in instanceof z.ZodTransform) return unwrapped(schema.out);
  return schema;
}

/** The schema of one key or list element below another, or null when there is none. */
export function schemaBelow(above: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | null {
  const schema = unwrapped(above);
  if (schema instanceof z.ZodArray) return schema.element;
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, key)) return null;
  return schema.shape[key as string];
}

/** What is known of the key at a path; null for a mapping, and for what a list is of. */
export function fieldAt(path: KeyPath, keys: z.core.$ZodType = fileSchema): Field | null {
  const schema = schemaAt(path, keys);
  return schema && fieldOf(schema);
}

/** Null where no key is known. */
export function schemaAt(path: KeyPath, keys: z.core.$ZodType): z.core.$ZodType | null {
  let schema: z.core.$ZodType | null = keys;
  for (const key of path) schema &&= schemaBelow(schema, key);
  return schema;
}

/** What is known of the key a schema is of; null for a mapping. */
export function fieldOf(schema: z.core.$ZodType): Field | null {
  return fields.get(schema as z.ZodType) ?? fields.get(unwrapped(schema) as z.ZodType) ?? null;
}

/** Every key with a value of its own, in the schema's order, list elements as `list[]`. */
export function* fieldPaths(above: z.core.$ZodType = fileSchema, path = ''): Generator<[string, Field]> {
  const field = fieldOf(above);
  if (field !== null) yield [path, field];
  const schema = unwrapped(above);
  if (schema instanceof z.ZodArray) yield* fieldPaths(schema.element, `${path}[]`);
  if (!(schema instanceof z.ZodObject)) return;
  for (const [key, below] of Object.entries<z.core.$ZodType>(schema.shape)) {
    yield* fieldPaths(below, path === '' ? key : `${path}.${key}`);
  }
}
