import { z } from 'zod';
import { LONGEST_DURATION, parseDuration } from './duration.ts';
import { type Default, field } from './field.ts';

/*
 * Values as widely as gorouter takes them: what it starts with must start here too (docs/compatibility.md §5.2). What
 * then is not what was written has a remark.
 */

/**
 * A duration that may be negative, and longer than a timer takes: then it is the longest.
 * @param forNegative milliseconds, where negative ones are documented to mean something; null: they count as 0
 */
export function anyDuration(meaning: string, preset: Default<string>, forNegative: number | null = null) {
  const expected = 'a duration like "120s"';
  const schema = z.union([z.string(), z.literal(0)]).transform((value, context) => {
    const parsed = parseDuration(String(value));
    if (parsed === 'negative') return forNegative ?? 0;
    if (parsed === 'too-long') return LONGEST_DURATION;
    if (parsed !== 'not-a-duration') return parsed;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
  const remark = (given: unknown): string | null =>
    forNegative === null && parseDuration(String(given)) === 'negative' ? 'negative: counts as 0s' : null;
  return field(schema, { type: 'duration', expected, meaning, remark }, preset);
}

/** An integer; a negative one is what 0 is. */
export function anyCount(meaning: string, preset: Default<number>) {
  const schema = z.preprocess(
    (given) => (typeof given === 'number' && given < 0 ? 0 : given),
    z.int().min(0),
  );
  const remark = (given: unknown): string | null => (isNegative(given) ? 'negative: counts as 0' : null);
  return field(schema, { type: 'integer', expected: 'an integer', meaning, remark }, preset);
}

/** An integer of any size and sign. */
export function anyInteger(meaning: string, preset: Default<number>) {
  return field(z.int(), { type: 'integer', expected: 'an integer', meaning }, preset);
}

/** @param read one of the names, or what is none, for a text that says it in another way */
export function anyName<const Names extends readonly [string, ...string[]]>(
  names: Names,
  meaning: string,
  preset: Default<Names[number]>,
  read: (given: string) => string,
) {
  const schema = z.preprocess((given) => (typeof given === 'string' ? read(given) : given), z.enum(names));
  const shown = names.map((name) => `\`${name}\``).join(', ');
  const remark = (given: unknown): string | null => {
    const meant = typeof given === 'string' ? read(given) : given;
    return meant === String(given).toLowerCase() || given === '' ? null : `counts as ${String(meant)}`;
  };
  return field(
    schema,
    { type: `one of ${shown}`, expected: `one of ${names.join(', ')}`, meaning, remark },
    preset,
  );
}

function isNegative(given: unknown): boolean {
  return typeof given === 'number' && given < 0;
}
