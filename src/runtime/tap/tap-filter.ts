import { z } from 'zod';
import { bodyFault } from '../../admin/decode-body.ts';
import type { TapFilter } from '../../http/account/taps.ts';
import { routeKey } from '../../routing/route-key.ts';

const HIGHEST = 999;
const ASKED = z.strictObject({
  route: z.string().max(2000).default(''),
  app: z.string().max(500).default(''),
  /** `503`, or `5xx`. */
  status: z
    .string()
    .regex(/^(?:[1-5]xx|[1-9]\d\d)?$/, 'allowed: a status like 503, or a class like 5xx')
    .default(''),
  slower_ms: z.number().min(0).max(86_400_000).default(0),
});

/** A text: which field is wrong, and how. */
export function readTap(body: Readonly<Record<string, unknown>>, id: string): TapFilter | string {
  const read = ASKED.safeParse(body);
  if (!read.success) {
    return bodyFault(read.error);
  }
  const { route, app, status, slower_ms: slower } = read.data;
  const key = route === '' ? '' : routeKey(route);
  const slash = key.indexOf('/');
  return {
    id,
    host: slash < 0 ? key : key.slice(0, slash),
    path: slash < 0 ? '' : key.slice(slash),
    app,
    status: rangeOf(status),
    slower,
  };
}

function rangeOf(status: string): readonly [number, number] {
  if (status === '') return [0, HIGHEST];
  const least = Number(status.replace('xx', '00'));
  return [least, status.endsWith('xx') ? least + 99 : least];
}
