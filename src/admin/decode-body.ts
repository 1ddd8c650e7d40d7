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
  const hint = 'docs/admin.md has the fields of every path';
  return { ok: false, problem: problem(400, 'bad-body', bodyFault(parsed.error), hint) };
}

/** The first thing that is wrong with what was asked, by its place; it is never quoted. */
export function bodyFault({ issues }: z.ZodError): string {
  const [issue] = issues;
  const where = issue!.path.map(String).join('.') || 'the body';
  const what = issue!.code === 'unrecognized_keys' ? 'has a field that is not known here' : issue!.message;
  return `${where}: ${what}`;
}
