import type { Head } from '../message/head.ts';
import { ownLines } from '../message/own-lines.ts';
import { type Chance, chanceOf, isSampled, type Sampling, withChance } from './sampling.ts';
import { attemptId } from './span-ids.ts';
import { type RandomHex, REPLACES_W3C, type Trace } from './trace.ts';
import { readParent, readState, sampledFlags, saysSampled, type TraceParent } from './trace-parent.ts';

/**
 * The trace of a request where the configuration wants no headers for tracing. One that is sampled tells its backend;
 * of any other nothing is written, and what its client says passes as it is. `null`: it is not sampled.
 */
export function sampledTrace(
  head: Head,
  sampling: Sampling,
  random: RandomHex,
  chance: Chance,
): Trace | null {
  const parent = readParent(head);
  const drawn = parent === null ? chance() : chanceFor(sampling, parent);
  if (!isSampled(sampling, parent === null ? null : saysSampled(parent.flags), drawn)) return null;
  const traceId = parent?.traceId ?? withChance(random(32), drawn);
  const spanId = random(16);
  const flags = sampledFlags(parent?.flags ?? '00');
  const fields = ['traceparent', `00-${traceId}-${attemptId(spanId, 1)}-${flags}`];
  const state = parent === null ? '' : readState(head);
  if (state !== '') fields.push('tracestate', state);
  return {
    traceId,
    spanId,
    // Requests that are not sampled have ids of our own, so these have, too.
    requestId: null,
    replaces: REPLACES_W3C,
    lines: ownLines(...fields),
    values: valuesOf(fields),
    span: { traceId, spanId, parentId: parent?.spanId ?? '' },
  };
}

/** Nothing is read off the id of a trace that its caller has decided on: most requests behind a proxy that traces are such. */
function chanceFor({ parentBased }: Sampling, { traceId }: TraceParent): number {
  return parentBased ? 0 : chanceOf(traceId);
}

/** The trace as the backend of that attempt is told of it. @param number from 2, one more than before */
export function traceOfAttempt(trace: Trace, number: number): Trace {
  const { span } = trace;
  if (span === null) return trace;
  const [before, now] = [attemptId(span.spanId, number - 1), attemptId(span.spanId, number)];
  const fields = trace.lines.fields.map((text) => text.replace(before, now));
  return { ...trace, lines: ownLines(...fields), values: valuesOf(fields) };
}

function valuesOf(fields: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) values.set(fields[i]!.toLowerCase(), fields[i + 1]!);
  return values;
}
