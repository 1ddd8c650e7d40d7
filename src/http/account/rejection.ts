import type { Excerpt } from '../message/excerpt.ts';
import type { Refused } from '../refusal.ts';

/** Something that was refused, as an operator may see it: plain data, without what might be a secret. */
export interface Rejection {
  /** Unix milliseconds. */
  readonly at: number;
  readonly what: Refused;
  /** By the name that is counted and logged, as in X-Cf-RouterError. */
  readonly reason: string;
  /** A sentence; empty: the name says it all. */
  readonly detail: string;
  /** What was answered; 0: nothing. */
  readonly status: number;
  /** Empty where the access log has none either. */
  readonly client: string;
  readonly serverName: string;
  /** As far as it can be told of; empty otherwise. */
  readonly host: string;
  readonly line: string;
  readonly forwardedFor: string;
  /** Of the byte that was wrong, from the first one of the head; null: no one byte is to blame. */
  readonly position: number | null;
  /** What stands around it. */
  readonly excerpt: Excerpt;
}
