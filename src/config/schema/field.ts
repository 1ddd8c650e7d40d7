import { isIP } from 'node:net';
import { z } from 'zod';
import { LONGEST_DURATION, parseDuration } from './duration.ts';

/** The two sets of defaults, `cellgate.defaults`: those of gorouter's code, and those of its BOSH job, mostly. */
export type DefaultsName = 'gorouter' | 'recommended';

/** One default for both sets, or one for each. */
export type Default<Value> = Value | Readonly<Record<DefaultsName, Value>>;

/** In place of a default: the key must be given where what holds it is. */
export const REQUIRED = Symbol('required');

/** Whether a key does what it says. Keys that do not are accepted all the same, as files that have them exist. */
type Effect = 'works' | { readonly none: string };

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
  /** As a file would give them; undefined where there is none. */
  readonly defaults: Readonly<Record<DefaultsName, unknown>>;
  readonly effect: Effect;
  /** What gorouter says of a wrong value, for those who search for it; empty: nothing of its own. */
  readonly complaint: string;
  /** Of a value that is taken but is not what it says: what it counts as. Null: nothing to say. */
  readonly remark: (given: unknown) => string | null;
}

/** The `Field` of every leaf and list of the schema. */
export const fields = z.registry<Field>();

export function field<Schema extends z.ZodType>(
  schema: Schema,
  about: Pick<Field, 'type' | 'expected' | 'meaning'> & Partial<Field>,
  preset: unknown,
): Schema {
  fields.add(schema, {
    secret: false,
    derivedDefault: null,
    effect: 'works',
    complaint: '',
    remark: () => null,
    defaults: forBoth(preset),
    ...about,
  });
  return schema;
}

function forBoth(preset: unknown): Field['defaults'] {
  if (preset === REQUIRED) return { gorouter: undefined, recommended: undefined };
  const both = typeof preset === 'object' && preset !== null && 'gorouter' in preset;
  return both ? (preset as Field['defaults']) : { gorouter: preset, recommended: preset };
}

export function text(meaning: string, preset: Default<string> | typeof REQUIRED) {
  return field(z.string(), { type: 'text', expected: 'text', meaning }, preset);
}

export function secret(meaning: string, preset: string | typeof REQUIRED = '') {
  return field(z.string(), { type: 'secret text', expected: 'text', meaning, secret: true }, preset);
}

/** Certificates, one or many, as the file's own text. */
export function certificates(meaning: string, preset: string | typeof REQUIRED = '') {
  return field(z.string(), { type: 'PEM text', expected: 'PEM text', meaning, secret: true }, preset);
}

export function privateKey(meaning: string, preset: string | typeof REQUIRED = '') {
  return field(z.string(), { type: 'secret PEM text', expected: 'PEM text', meaning, secret: true }, preset);
}

export function flag(meaning: string, preset: Default<boolean>) {
  // Go's YAML library reads these words into a bool as YAML 1.1 did, so files that hold them exist.
  const words = z.stringbool({ truthy: ['yes', 'on', 'y'], falsy: ['no', 'off', 'n'] });
  const schema = z.union([z.boolean(), words]);
  return field(schema, { type: 'true or false', expected: 'true or false', meaning }, preset);
}

export function integer(
  least: number,
  most: number,
  meaning: string,
  preset: Default<number> | typeof REQUIRED,
) {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `${least} to ${most}`;
  return field(
    z.int().min(least).max(most),
    { type: `integer, ${range}`, expected: `an integer, ${range}`, meaning },
    preset,
  );
}

export function count(meaning: string, preset: Default<number> | typeof REQUIRED) {
  return integer(0, Number.MAX_SAFE_INTEGER, meaning, preset);
}

/** Port 0 lets the system choose a free one. */
export function port(meaning: string, preset: Default<number>) {
  return field(
    z.int().min(0).max(65_535),
    { type: 'port', expected: 'a port number, 0 to 65535', meaning },
    preset,
  );
}

/** @param least milliseconds */
export function duration(meaning: string, preset: Default<string> | typeof REQUIRED, least = 0) {
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
  return field(schema, { type: 'duration', expected, meaning }, preset);
}

export function choice<const Names extends readonly [string, ...string[]]>(
  names: Names,
  meaning: string,
  preset: Default<Names[number]> | typeof REQUIRED,
) {
  const shown = names.map((name) => name || '""');
  return field(
    z.enum(names),
    {
      type: `one of ${shown.map((name) => `\`${name}\``).join(', ')}`,
      expected: `one of ${shown.join(', ')}`,
      meaning,
    },
    preset,
  );
}

export function list<Element extends z.ZodType>(
  element: Element,
  of: string,
  meaning: string,
  preset: Default<readonly z.input<Element>[]>,
) {
  return field(z.array(element), { type: `list of ${of}`, expected: `a list of ${of}`, meaning }, preset);
}

/** One text alone stands for a list of one. */
export function texts(of: string, meaning: string, preset: Default<readonly string[]>) {
  const schema = z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(z.string()));
  return field(schema, { type: `list of ${of}`, expected: `a list of ${of}`, meaning }, preset);
}

export function numbers(of: string, meaning: string, preset: readonly number[]) {
  return field(z.array(z.number()), { type: `list of ${of}`, expected: `a list of ${of}`, meaning }, preset);
}

/** Written as `1024-1123,4000`; empty text is none. */
export function ports(meaning: string, preset = '') {
  const expected = 'ports and ranges like "1024-1123,4000"';
  const schema = z.preprocess(
    (given) => (typeof given === 'number' ? String(given) : given),
    z.string().refine(isPorts, { message: expected, abort: true }),
  );
  return field(schema, { type: 'ports', expected, meaning }, preset);
}

/** Ranges of addresses, `10.0.0.0/8`; an address alone is a range of one. */
export function addressRanges(meaning: string) {
  const expected = 'a list of addresses or ranges like "10.0.0.0/8"';
  const schema = z
    .array(z.string())
    .refine((ranges) => ranges.every(isAddressRange), { message: expected, abort: true });
  return field(schema, { type: 'list of addresses or ranges', expected, meaning }, []);
}

function isAddressRange(written: string): boolean {
  const [address = '', bits, ...more] = written.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** A key that may be left out even of the defaults, because its value follows from something else. */
export function derived<Schema extends z.ZodType>(schema: Schema, from: string) {
  return noted(schema.optional(), {
    ...fields.get(schema)!,
    derivedDefault: from,
    defaults: { gorouter: undefined, recommended: undefined },
  });
}

/** @param complaint see `Field` */
export function complaining<Schema extends z.ZodType>(schema: Schema, complaint: string): Schema {
  return noted(schema, { ...fields.get(schema)!, complaint });
}

/** A key that is accepted and will never be acted on. @param because one clause, for the documentation */
export function noEffect<Schema extends z.ZodType>(schema: Schema, because: string): Schema {
  return noted(schema, { ...fields.get(schema)!, effect: { none: because } });
}

function noted<Schema extends z.ZodType>(schema: Schema, about: Field): Schema {
  fields.add(schema, about);
  return schema;
}

function isPorts(text: string): boolean {
  if (text.trim() === '') return true;
  return text.split(',').every((part) => {
    const [, first, last = first] = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part) ?? [];
    return Number(first) >= 1 && Number(last) <= 65_535 && Number(first) <= Number(last);
  });
}
