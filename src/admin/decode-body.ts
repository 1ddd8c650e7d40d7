import type { z } from 'zod';
import { type Problem, problem } from './answer.ts';

/** A body as a handler wants it; what is wrong is named, and never quoted. */
export function decodeBody<Schema extends z.ZodType>(
  schema: Schema,
  body: Readonly<Record<string, unknown>>,
):
  | { readonly ok: true; readonly value: z.output<Schema> }
  | { readonly ok: false; readonly problem: Problem } {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue!.path.map(String).join('.') || 'the body';
  const what = issue!.code === 'unrecognized_keys' ? 'has a field that is not known here' : issue!.message;
  return {
    ok: false,
    problem: problem(400, 'bad-body', `${where}: ${what}`, 'docs/admin.md has the fields of every path'),
  };
}
