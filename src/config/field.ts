import { z } from 'zod';
import { LONGEST_DURATION, parseDuration } from './duration.ts';

/** What messages and the table in docs/configuration.md say about one key. */
export interface Field {
  readonly type: string;
  /** Completes "expected …". */
  readonly expected: string;
  readonly meaning: string;
  /** A secret's value appears in no message. */
  readonly secret: boolean;
  /** In words, where the default is no constant. */
  readonly derivedDefault: string | null;
}

/** The `Field` of every leaf and list of the schema. */
export const fields = z.registry<Field>();

function field<Schema extends z.ZodType>(
  schema: Schema,
  about: Pick<Field, 'type' | 'expected' | 'meaning'> & Partial<Field>,
): Schema {
  fields.add(schema, { secret: false, derivedDefault: null, ...about });
  return schema;
}

export function text(meaning: string) {
  return field(z.string(), { type: 'text', expected: 'text', meaning });
}

export function secret(meaning: string) {
  return field(z.string(), { type: 'secret text', expected: 'text', meaning, secret: true });
}

export function flag(meaning: string) {
  // Go's YAML library reads these words into a bool as YAML 1.1 did, so files that hold them exist.
  const words = z.stringbool({ truthy: ['yes', 'on', 'y'], falsy: ['no', 'off', 'n'] });
  return field(z.union([z.boolean(), words]), { type: 'true or false', expected: 'true or false', meaning });
}

export function integer(least: number, most: number, meaning: string) {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `${least} to ${most}`;
  return field(z.int().min(least).max(most), {
    type: `integer, ${range}`,
    expected: `an integer, ${range}`,
    meaning,
  });
}

export function count(meaning: string) {
  return integer(0, Number.MAX_SAFE_INTEGER, meaning);
}

/** Port 0 lets the system choose a free one. */
export function port(meaning: string) {
  return field(z.int().min(0).max(65_535), {
    type: 'port',
    expected: 'a port number, 0 to 65535',
    meaning,
  });
}

/** @param least milliseconds */
export function duration(meaning: string, least = 0) {
  const expected = 'a duration like "120s"';
  const schema = z.union([z.string(), z.literal(0)]).transform((value, context) => {
    const parsed = parseDuration(String(value));
    if (typeof parsed === 'number' && parsed >= least) return parsed;
    let message = expected;
    if (typeof parsed === 'number') message = `a duration of at least "${least}ms"`;
    else if (parsed === 'too-long') message = `a duration of at most "${LONGEST_DURATION}ms"`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
  return field(schema, { type: 'duration', expected, meaning });
}

export function choice<const Names extends readonly [string, ...string[]]>(names: Names, meaning: string) {
  return field(z.enum(names), {
    type: `one of ${names.map((name) => `\`${name}\``).join(', ')}`,
    expected: `one of ${names.join(', ')}`,
    meaning,
  });
}

export function list<Element extends z.ZodType>(element: Element, of: string, meaning: string) {
  return field(z.array(element), { type: `list of ${of}`, expected: `a list of ${of}`, meaning });
}

/** A key that may be left out even of the defaults, because its value follows from something else. */
export function derived<Schema extends z.ZodType>(schema: Schema, from: string) {
  return field(schema.optional(), { ...fields.get(schema)!, derivedDefault: from });
}
