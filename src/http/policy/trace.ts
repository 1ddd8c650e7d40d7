import { B3, TRACEPARENT, TRACESTATE, X_B3_SPANID, X_B3_TRACEID } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';
import { type OwnLines, ownLines } from '../message/own-lines.ts';

/** `tracing` of the configuration. Plain data. */
export interface Tracing {
  readonly b3: boolean;
  readonly w3c: boolean;
  /** Before `@gorouter` in tracestate; empty: `gorouter` alone. */
  readonly tenant: string;
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
}

/** Random hexadecimal digits, never all zero. */
export type RandomHex = (digits: 16 | 32) => string;

export const REPLACES_B3 = 8;
export const REPLACES_B3_PAIR = 16;
export const REPLACES_W3C = 32;

const LONGEST_STATE = 2048;
const HEX_16 = /^[0-9a-f]{16}$/i;
const HEX_32 = /^[0-9a-f]{32}$/i;
const SAMPLED = /^(?:[01]|d)$/;
/** Of X-B3-Sampled; tracers of old write words. */
const SAMPLING: ReadonlyMap<string, string> = new Map([
  ...['0', 'false'].map((text) => [text, '-0'] as const),
  ...['1', 'true'].map((text) => [text, '-1'] as const),
]);
const PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ZEROS = /^0+$/;

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
}

/** One trace id for both formats: the client's, B3's before W3C's, else a new one. */
export function traceOf(head: Head, tracing: Tracing, random: RandomHex): Trace {
  const values = new Map<string, string>();
  const b3 = tracing.b3 ? readB3(head) : null;
  const parent = tracing.w3c ? readParent(head) : null;
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
  if (tracing.w3c) {
    replaces += REPLACES_W3C;
    // W3C ids are the trace's own where B3 has a shorter one: that cannot stand in a traceparent.
    const w3cTrace = parent?.traceId ?? (HEX_32.test(traceId) ? traceId.toLowerCase() : random(32));
    const w3cSpan = parent === null && HEX_16.test(spanId) ? spanId.toLowerCase() : random(16);
    say('traceparent', `00-${w3cTrace}-${w3cSpan}-${parent?.flags ?? '01'}`);
    say('tracestate', stateOf(parent === null ? '' : joined(head, TRACESTATE), tracing.tenant, w3cSpan));
  }
  return { traceId, spanId, requestId: uuidOf(traceId), replaces, lines: ownLines(...fields), values };
}

/** The client's B3 ids, single header before pair; `null` when it has none that can be read. */
function readB3(head: Head): (Ids & { readonly isPair: boolean }) | null {
  const single = head.find(B3);
  if (single >= 0) {
    const [traceId = '', spanId = '', sampled, parent, ...more] = head.value(single).split('-');
    const parsed =
      isTraceId(traceId) &&
      isId(spanId) &&
      (sampled === undefined || SAMPLED.test(sampled)) &&
      (parent === undefined || isId(parent)) &&
      more.length === 0;
    if (parsed) return { traceId, spanId, isPair: false };
  }
  const trace = head.find(X_B3_TRACEID);
  const span = head.find(X_B3_SPANID);
  if (trace < 0 || span < 0) return null;
  const traceId = head.value(trace);
  const spanId = head.value(span);
  return isTraceId(traceId) && isId(spanId) ? { traceId, spanId, isPair: true } : null;
}

/** Whether the trace is recorded, and its parent: what stands behind the ids in the single header. */
function saidBesidePair(head: Head): string {
  const sampled = SAMPLING.get(head.anyValueOf('x-b3-sampled')?.toLowerCase() ?? '') ?? '';
  const recorded = head.anyValueOf('x-b3-flags') === '1' ? '-d' : sampled;
  const parent = head.anyValueOf('x-b3-parentspanid') ?? '';
  return recorded + (isId(parent) ? `-${parent}` : '');
}

function isTraceId(text: string): boolean {
  return (HEX_16.test(text) || HEX_32.test(text)) && !ZEROS.test(text);
}

function isId(text: string): boolean {
  return HEX_16.test(text) && !ZEROS.test(text);
}

/** W3C Trace Context §3.2; a version above 00 that is longer counts as none, as in gorouter. */
function readParent(head: Head): { readonly traceId: string; readonly flags: string } | null {
  const line = head.find(TRACEPARENT);
  if (line < 0) return null;
  const parsed = PARENT.exec(head.value(line));
  if (parsed === null) return null;
  const [text, traceId, span, flags] = parsed as unknown as [string, string, string, string];
  if (text.startsWith('ff') || ZEROS.test(traceId) || ZEROS.test(span)) return null;
  return { traceId, flags };
}

function joined(head: Head, id: number): string {
  const values: string[] = [];
  for (let line = 0; line < head.count; line++) if (head.id(line) === id) values.push(head.value(line));
  return values.join(',');
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
