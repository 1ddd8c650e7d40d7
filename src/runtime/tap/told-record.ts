import { z } from 'zod';
import type { RequestRecord } from '../../http/account/request-record.ts';

const MOST_ATTEMPTS = 20;
const text = z.string().max(600);
/** Milliseconds; of a clock or of a length. */
const time = z.number().min(0).max(8.64e15);

const RECORD = z.object({
  id: text,
  why: z.enum(['failed', 'retried', 'slow', 'debugged', 'tapped']),
  at: time,
  host: text,
  line: text,
  client: text,
  status: z.int().min(0).max(999),
  routerError: text,
  took: time,
  endpoint: text,
  instance: text,
  app: text,
  attempts: z
    .array(z.object({ endpoint: text, instance: text, failure: text, after: time }))
    .max(MOST_ATTEMPTS),
});

/** A record and the router whose it is. */
export interface ToldRecord extends RequestRecord {
  readonly router: string;
}

/** As it crosses the bus: of what has no end the beginning. */
export function recordJson({ attempts, ...record }: RequestRecord): RequestRecord {
  return { ...record, attempts: attempts.slice(0, MOST_ATTEMPTS) };
}

/** What another router has told; null: these are no records. */
export function readRecords(value: unknown): RequestRecord[] | null {
  const read = z.array(RECORD).max(1000).safeParse(value);
  return read.success ? read.data : null;
}
