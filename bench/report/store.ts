import type { Result } from './report.ts';

/** The results of scenarios measured now in place of those before, in the order of `names`; others are kept. */
export function mergeResults(
  before: readonly Result[],
  now: readonly Result[],
  names: readonly string[],
): Result[] {
  const byName = new Map([...before, ...now].map((result) => [result.name, result]));
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** JSON with four significant digits, each list of numbers on one line. */
export function stringifyResults(results: readonly Result[]): string {
  const rounded = (_key: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  const text = JSON.stringify(results, rounded, 2);
  return `${text.replaceAll(/\[\s+[-\d.e+,\s]+\]/g, (list) => list.replaceAll(/\s+/g, ' '))}\n`;
}
