import type { Head } from '../message/head.ts';
import { type OwnLines, ownLines } from '../message/own-lines.ts';
import { type B3Ids, b3SaysSampled, readB3, saidBesidePair } from './b3.ts';
import { chanceOf, isSampled, type Sampling } from './sampling.ts';
import { attemptId, type SpanIds } from './span-ids.ts';
import { readParent, readState, sampledFlags, saysSampled, type TraceParent } from './trace-parent.ts';

/** `tracing` of the configuration. Plain data. */
export interface Tracing {
  readonly b3: boolean;
  readonly w3c: boolean;
  /** Before `@gorouter` in tracestate; empty: `gorouter` alone. */
  readonly tenant: string;
  /** Which requests become spans; `null`: there is no OpenTelemetry. */
  readonly sampling: Sampling | null;
}

/** What one request says of its trace from here on (docs/compatibility.md §3.7). */
export interface Trace {
  /** 32 lower-case hexadecimal digits, or what the client's B3 headers say. */
  readonly traceId: string;
  readonly spanId: string;
  /** Of the application log and the access log: the trace id as UUID, or `null` where it cannot be one. */
  readonly requestId: string | null;
  /** Which of the client's lines give way to `lines`: a sum of `REPLACES_`. */
  readonly replaces: number;
  readonly lines: OwnLines;
  /** By lower-case name: what `lines` say. */
  readonly values: ReadonlyMap<string, string>;
  /** `null`: no spans are made of it. */
  readonly span: SpanIds | null;
}

/** Random hexadecimal digits, never all zero. */
export type RandomHex = (digits: 16 | 32) => string;

export const REPLACES_B3 = 8;
export const REPLACES_B3_PAIR = 16;
export const REPLACES_W3C = 32;

const LONGEST_STATE = 2048;
const HEX_16 = /^[0-9a-f]{16}$/i;
const HEX_32 = /^[0-9a-f]{32}$/i;
/** One trace id for both formats: the client's, B3's before W3C's, else a new one. */
export function traceOf(head: Head, tracing: Tracing, random: RandomHex): Trace {
  const { sampling, tenant } = tracing;
  const values = new Map<string, string>();
  const b3 = tracing.b3 ? readB3(head) : null;
  const parent = tracing.w3c || sampling !== null ? readParent(head) : null;
  const traceId = b3?.traceId ?? parent?.traceId ?? random(32);
  const spanId = b3?.spanId ?? random(16);
  const fields: string[] = [];
  const say = (name: string, value: string) => {
    fields.push(name, value);
    values.set(name.toLowerCase(), value);
  };
  let replaces = 0;
  if (tracing.b3 && b3 === null) {
    replaces = REPLACES_B3 + REPLACES_B3_PAIR;
    say('X-B3-TraceId', traceId);
    say('X-B3-SpanId', spanId);
    say('b3', `${traceId}-${spanId}`);
  } else if (b3?.isPair) {
    replaces = REPLACES_B3;
    say('b3', `${b3.traceId}-${b3.spanId}${saidBesidePair(head)}`);
  }
  // W3C ids are the trace's own where B3 has a shorter one: that cannot stand in a traceparent.
  const w3cTrace = parent?.traceId ?? (HEX_32.test(traceId) ? traceId.toLowerCase() : random(32));
  const said = saidOf(head, parent, b3);
  const span =
    sampling !== null && isSampled(sampling, said, chanceOf(w3cTrace))
      ? { traceId: w3cTrace, spanId: b3 === null ? spanId : random(16), parentId: parentOf(parent, b3) }
      : null;
  if (tracing.w3c || span !== null) {
    replaces += REPLACES_W3C;
    const own = parent === null && HEX_16.test(spanId) ? spanId.toLowerCase() : random(16);
    const w3cSpan = span === null ? own : attemptId(span.spanId, 1);
    const flags = parent?.flags ?? (sampling === null ? '01' : '00');
    say('traceparent', `00-${w3cTrace}-${w3cSpan}-${span === null ? flags : sampledFlags(flags)}`);
    const state = parent === null ? '' : readState(head);
    if (tracing.w3c) say('tracestate', stateOf(state, tenant, w3cSpan));
    else if (state !== '') say('tracestate', state);
  }
  return { traceId, spanId, requestId: uuidOf(traceId), replaces, lines: ownLines(...fields), values, span };
}

/** Whether who asks has the trace recorded; `null`: nobody has said. */
function saidOf(head: Head, parent: TraceParent | null, b3: B3Ids | null): boolean | null {
  if (parent !== null) return saysSampled(parent.flags);
  return b3 === null ? null : b3SaysSampled(head, b3);
}

function parentOf(parent: TraceParent | null, b3: B3Ids | null): string {
  if (parent !== null) return parent.spanId;
  return b3 !== null && HEX_32.test(b3.traceId) ? b3.spanId.toLowerCase() : '';
}

/** Our entry first, the others behind it in their order; what would be too long is dropped whole. */
function stateOf(state: string, tenant: string, span: string): string {
  const key = tenant === '' ? 'gorouter' : `${tenant}@gorouter`;
  const own = `${key}=${span}`;
  if (state.length > LONGEST_STATE) return own;
  const others = state
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !entry.startsWith(`${key}=`));
  const whole = [own, ...others].join(',');
  return whole.length > LONGEST_STATE ? own : whole;
}

function uuidOf(traceId: string): string | null {
  if (!HEX_32.test(traceId)) return null;
  return traceId.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
