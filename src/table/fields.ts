import type { Said } from '../snapshot/table-source.ts';

/** What a line says of an endpoint, by the paths of its fields: `tags.component`. Values are JSON's. */
export type Fields = Readonly<Record<string, unknown>>;

/** Which endpoint it is, or how old: neither is a difference between two of the same. */
const LEFT_OUT: ReadonlySet<string> = new Set(['uris', 'first_seen']);

/** In the order of their paths. What is empty or null is as good as left out. */
export function fieldsOf(said: Said): Fields {
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(said)) if (!LEFT_OUT.has(name)) collect(name, value, fields);
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface FieldDifference {
  readonly field: string;
  /** Null: it is not there. */
  readonly old: unknown;
  readonly new: unknown;
}

/** In the order of their paths. */
export function fieldDifferences(before: Fields, after: Fields): FieldDifference[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.flatMap((field) => {
    const [old, next] = [fieldAt(before, field), fieldAt(after, field)];
    return JSON.stringify(old) === JSON.stringify(next) ? [] : [{ field, old, new: next }];
  });
}

/** Null: it is not there. Names are anybody's, `constructor` too. */
function fieldAt(fields: Fields, path: string): unknown {
  return Object.hasOwn(fields, path) ? fields[path] : null;
}

function collect(path: string, value: unknown, fields: [string, unknown][]): void {
  if (value === null || value === '') return;
  if (typeof value !== 'object' || Array.isArray(value)) fields.push([path, value]);
  else for (const [name, part] of Object.entries(value)) collect(`${path}.${name}`, part, fields);
}
