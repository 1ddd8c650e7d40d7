import { z } from 'zod';
import { bodyFault } from '../../admin/decode-body.ts';

const MOST = 500;
const text = z.string().max(2000).default('');

const SESSIONS = z.strictObject({
  older_seconds: z.coerce.number().min(0).max(1e9).default(10),
  route: text,
  app: text,
  limit: z.coerce.number().int().min(1).max(MOST).default(100),
});

const ERRORS = z.strictObject({
  /** Whole ones, and the one under way. */
  minutes: z.coerce.number().int().min(1).max(10).default(10),
  route: text,
});

export type AskedSessions = z.infer<typeof SESSIONS>;
export type AskedErrors = z.infer<typeof ERRORS>;

/** A text: which parameter is wrong, and how. */
export function readSessionsQuery(query: URLSearchParams): AskedSessions | string {
  const read = SESSIONS.safeParse(Object.fromEntries(query));
  return read.success ? read.data : bodyFault(read.error);
}

/** The same. */
export function readErrorsQuery(query: URLSearchParams): AskedErrors | string {
  const read = ERRORS.safeParse(Object.fromEntries(query));
  return read.success ? read.data : bodyFault(read.error);
}
