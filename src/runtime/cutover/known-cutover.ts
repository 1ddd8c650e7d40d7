import type { CutoverRecord } from './cutover-record.ts';
import type { Driver } from './driver.ts';
import { Lease } from './lease.ts';
import type { Remains } from './remains.ts';

/** Of one cutover. */
export interface Probe {
  readonly id: string;
  /** Undefined: it is under way; null: it found nothing wrong. */
  fault: string | null | undefined;
}

/** What this router knows of one route's cutover. */
export interface Known {
  readonly route: string;
  record: CutoverRecord | null;
  /** Of the record; 0: there is none. */
  revision: number;
  readonly lease: Lease;
  leaseRevision: number;
  /** Null: another router drives, or none. */
  driver: Driver | null;
  /** Null: none has begun. */
  probe: Probe | null;
  /** When what remains of it was last looked at. */
  remains: Remains;
  /** Why the store does not take its next step; empty: it does. */
  refusal: string;
  /** A round is under way. */
  busy: boolean;
}

export type WithRecord = Omit<Known, 'record'> & { readonly record: CutoverRecord };

/** Whether this router drives it, and every moment counts. */
export function isUrgent({ driver, record }: Known): boolean {
  if (driver === null || record === null) return false;
  const { phase, missing } = record.course;
  return phase.name === 'preflight' || phase.name === 'probe' || Object.keys(missing).length > 0;
}

export const UNSEEN: Remains = { lookedAt: Number.NEGATIVE_INFINITY, empty: 0 };

/** Of a route of which nothing has been heard. @param id of this router @param now monotonic milliseconds */
export function unheard(route: string, id: string, now: number): Known {
  return {
    route,
    record: null,
    revision: 0,
    lease: new Lease(id, now),
    leaseRevision: 0,
    driver: null,
    probe: null,
    remains: UNSEEN,
    refusal: '',
    busy: false,
  };
}
