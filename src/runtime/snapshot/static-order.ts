import type { StaticOrder } from '../../registry/origin.ts';
import { isWhole, Unreadable } from '../../snapshot/checked-text.ts';
import type { Said } from '../../snapshot/table-source.ts';

/** Of a name, in characters. */
const LONGEST_NAME = 256;

/** What a line says of the operator who speaks for its endpoint; null: none does. */
export function readOrder({ who, until }: Said): StaticOrder | Unreadable | null {
  if (until === undefined) return null;
  if (!isWhole(until)) return new Unreadable('until: allowed: Unix milliseconds');
  if (typeof who !== 'string' || who.length > LONGEST_NAME) return new Unreadable('who: allowed: a name');
  return { who, until };
}
