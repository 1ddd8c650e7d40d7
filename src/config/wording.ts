import { z } from 'zod';
import { nearestName } from './nearest-name.ts';
import { dotted, fieldAt, fieldPaths, schemaAt, unwrapped } from './schema-path.ts';
import type { UnknownKey } from './survey.ts';

const LONGEST_SHOWN = 60;

/** @param keys of the file that it is about */
export function issueMessage(issue: z.core.$ZodIssue, keys: z.core.$ZodType): string {
  if (issue.code === 'custom' && issue.params?.['whole'] === true) return issue.message;
  const field = fieldAt(issue.path, keys);
  const expected = issue.code === 'custom' ? issue.message : (field?.expected ?? kindAt(issue.path, keys));
  // Where a mapping or list was wanted, text may well be a URL with a password in it.
  const show = field !== null && !field.secret && !field.type.startsWith('list');
  const complaint = field === null || field.complaint === '' ? '' : `${field.complaint}: `;
  return `${complaint}expected ${expected}, found ${found(issue.input, show)}`;
}

/** What stands at a path that has no field of its own. */
function kindAt(path: readonly PropertyKey[], keys: z.core.$ZodType): string {
  const schema = schemaAt(path, keys);
  const at = schema && unwrapped(schema);
  if (at instanceof z.ZodString) return 'text';
  return at instanceof z.ZodNumber ? 'a number' : 'a mapping';
}

function found(value: unknown, show: boolean): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return show && value.length <= LONGEST_SHOWN ? `${JSON.stringify(value)} (text)` : 'text';
    case 'number':
    case 'boolean':
      return show ? `${value} (${typeof value})` : `a ${typeof value}`;
    default:
      return 'a mapping';
  }
}

export function unknownKeyMessage({ path, siblings }: UnknownKey, keys: z.core.$ZodType): string {
  const name = String(path.at(-1));
  const parent = path.slice(0, -1);
  const sibling = nearestName(name, siblings);
  const guess = sibling === null ? namesake(name, keys) : dotted([...parent, sibling]);
  return `unknown key, ignored${guess === null ? '' : `; did you mean ${guess}?`}`;
}

/** The key of this name somewhere else: most likely the indentation is off. */
function namesake(name: string, keys: z.core.$ZodType): string | null {
  for (const [path] of fieldPaths(keys)) if (path.endsWith(`.${name}`)) return path;
  return null;
}
