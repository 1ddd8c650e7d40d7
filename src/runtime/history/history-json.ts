import { z } from 'zod';
import { bodyFault } from '../../admin/decode-body.ts';
import { INTERVAL_MS, type Series, shown } from './series.ts';

const ASKED = z.object({
  /** Names, separated by commas; empty: all. */
  series: z.string().max(500).default(''),
  /** Of a route alone. */
  route: z.string().max(2000).default(''),
  /** Points before this number are known already. */
  after: z.coerce.number().int().min(0).max(1e12).default(0),
});

export type AskedHistory = z.infer<typeof ASKED>;

/** A text: which parameter is wrong, and how. */
export function readHistory(query: URLSearchParams): AskedHistory | string {
  const read = ASKED.safeParse(Object.fromEntries(query));
  return read.success ? read.data : bodyFault(read.error);
}

/** A text: which name there is no series of. @param at Unix milliseconds of the last point */
export function historyJson<Name extends string>(
  series: Series<Name>,
  { series: wanted, after }: AskedHistory,
  at: number,
): object | string {
  const names = wanted === '' ? [...series.names] : wanted.split(',');
  const unknown = names.find((name) => !(series.names as readonly string[]).includes(name));
  if (unknown !== undefined) {
    return `series: found ${JSON.stringify(unknown.slice(0, 60))}; allowed: ${series.names.join(', ')}`;
  }
  const first = series.first(after);
  const columns = names.map((name) => [name, series.from(first, name as Name).map(shown)] as const);
  return {
    interval_ms: INTERVAL_MS,
    at: Math.round(at),
    first,
    next: series.count,
    series: Object.fromEntries(columns),
  };
}
