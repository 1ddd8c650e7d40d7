import { TRACEPARENT, TRACESTATE } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';

/** What a `traceparent` says. */
export interface TraceParent {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Two of them. */
  readonly flags: string;
}

/** Neither version ff nor ids of zeros alone are any. */
const PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

/** W3C Trace Context §3.2; a version above 00 that is longer counts as none, as in gorouter. */
export function readParent(head: Head): TraceParent | null {
  const line = head.find(TRACEPARENT);
  if (line < 0) return null;
  const parsed = PARENT.exec(head.value(line));
  if (parsed === null) return null;
  return { traceId: parsed[1]!, spanId: parsed[2]!, flags: parsed[3]! };
}

/** All lines of `tracestate` as one. */
export function readState(head: Head): string {
  const values: string[] = [];
  for (let line = 0; line < head.count; line++) {
    if (head.id(line) === TRACESTATE) values.push(head.value(line));
  }
  return values.join(',');
}

export function saysSampled(flags: string): boolean {
  return (Number.parseInt(flags, 16) & SAMPLED) !== 0;
}

/** The same flags, saying that the trace is sampled. */
export function sampledFlags(flags: string): string {
  return (Number.parseInt(flags, 16) | SAMPLED).toString(16).padStart(2, '0');
}
