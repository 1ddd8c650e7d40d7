import { z } from 'zod';
import type { TapFilter } from '../../http/account/taps.ts';
import type { TapAnswer } from './local-taps.ts';
import { readTap } from './tap-filter.ts';
import { readRecords, recordJson } from './told-record.ts';

/** What routers ask each other for whoever looks on. */
export interface AskedTap {
  readonly filter: TapFilter;
  /** The filter as it was asked for. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** By router, how many of its records were had. */
  readonly after: Readonly<Record<string, number>>;
  /** Nobody looks on any more. */
  readonly ends: boolean;
}

const count = z.int().min(0);
const QUESTION = z.object({
  tap: z.uuid(),
  asked: z.record(z.string(), z.unknown()),
  after: z.record(z.string().max(128), count),
  ends: z.boolean(),
});
const ANSWER = z.object({ next: count, dropped: count, busy: z.boolean() });

export function askedTapJson({ filter: { id }, asked, after, ends }: AskedTap): object {
  return { tap: id, asked, after, ends };
}

/** Null: it is no such question. */
export function readAskedTap(fields: Readonly<Record<string, unknown>>): AskedTap | null {
  const read = QUESTION.safeParse(fields);
  const filter = read.success ? readTap(read.data.asked, read.data.tap) : '';
  if (!read.success || typeof filter === 'string') return null;
  const { asked, after, ends } = read.data;
  return { filter, asked, after, ends };
}

export function tapAnswerJson({ records, ...answer }: TapAnswer): object {
  return { ...answer, records: records.map(recordJson) };
}

/** Null: it is no such answer. */
export function readTapAnswer(fields: Readonly<Record<string, unknown>>): TapAnswer | null {
  const read = ANSWER.safeParse(fields);
  const records = readRecords(fields['records']);
  return read.success && records !== null ? { ...read.data, records } : null;
}
