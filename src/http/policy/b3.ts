import { B3, X_B3_SPANID, X_B3_TRACEID } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';

/** What a client's B3 headers say. */
export interface B3Ids {
  readonly traceId: string;
  readonly spanId: string;
  /** In two headers, not in the single one. */
  readonly isPair: boolean;
}

const HEX_16 = /^[0-9a-f]{16}$/i;
const HEX_32 = /^[0-9a-f]{32}$/i;
const SAMPLED = /^(?:[01]|d)$/;
/** Of X-B3-Sampled; tracers of old write words. */
const SAMPLING: ReadonlyMap<string, string> = new Map([
  ...['0', 'false'].map((text) => [text, '-0'] as const),
  ...['1', 'true'].map((text) => [text, '-1'] as const),
]);
const ZEROS = /^0+$/;

/** The client's B3 ids, single header before pair; `null` when it has none that can be read. */
export function readB3(head: Head): B3Ids | null {
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
export function saidBesidePair(head: Head): string {
  const sampled = SAMPLING.get(head.anyValueOf('x-b3-sampled')?.toLowerCase() ?? '') ?? '';
  const recorded = head.anyValueOf('x-b3-flags') === '1' ? '-d' : sampled;
  const parent = head.anyValueOf('x-b3-parentspanid') ?? '';
  return recorded + (isId(parent) ? `-${parent}` : '');
}

/** Whether the trace is recorded; `null`: they leave that open. */
export function b3SaysSampled(head: Head, { isPair }: B3Ids): boolean | null {
  const said = isPair ? saidBesidePair(head) : head.value(head.find(B3));
  const [, state] = /^(?:[^-]+-[^-]+)?-([01d])(?:-|$)/.exec(said) ?? [];
  return state === undefined ? null : state !== '0';
}

function isTraceId(text: string): boolean {
  return (HEX_16.test(text) || HEX_32.test(text)) && !ZEROS.test(text);
}

function isId(text: string): boolean {
  return HEX_16.test(text) && !ZEROS.test(text);
}
