import { z } from 'zod';
import type { Decision, DecisionEntry, JsonObject } from '../../decisions/decision.ts';
import { decisionKey } from '../../decisions/decision-key.ts';
import type { OrderedEndpoint } from '../../routing/endpoint-orders.ts';

/** An order about an endpoint, as it is decided. */
export interface DecidedOrder extends OrderedEndpoint {
  /** Unix milliseconds; null: until it is taken back. */
  readonly until: number | null;
}

const PREFIX = 'endpoint.';
const text = z.string().max(2000);
/** The last instant that a date can be. */
const LAST_TIME = 8.64e15;

const VALUE = z.object({
  endpoint: text.min(1),
  route: text,
  order: z.enum(['drain', 'hold']),
  until: z.number().min(0).max(LAST_TIME).nullable(),
});

export function orderKey(endpoint: string, route: string): string {
  // A blank is in neither.
  return decisionKey('endpoint', route === '' ? endpoint : `${endpoint} ${route}`);
}

export function isOrderKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

export function orderJson({ endpoint, route, order, until }: DecidedOrder): JsonObject {
  return { endpoint, route, order, until };
}

/** Null: it cannot be followed, as one of a later version. */
export function readOrder({ value }: Decision | DecisionEntry): DecidedOrder | null {
  const read = VALUE.safeParse(value);
  return read.success ? read.data : null;
}

export function isOver({ until }: DecidedOrder, now: number): boolean {
  return until !== null && until <= now;
}
