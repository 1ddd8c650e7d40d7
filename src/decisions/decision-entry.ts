import { type DecisionEntry, type JsonObject, MAX_VALUE } from './decision.ts';
import { keyFault } from './decision-key.ts';

export type Decoded<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: string };

const MAX_BY = 256;
/** Of a value; what is deeper could not be cloned for another thread. */
const MAX_DEPTH = 64;
const CONTROL = /[\x00-\x1f\x7f]/;

/** A step of a key's history as JSON has it. Never throws; fields that are not known are left out. */
export function decodeEntry(json: unknown): Decoded<DecisionEntry> {
  if (!isJsonObject(json)) return refused('entry: no JSON object');
  const { key, value, revision, at, by } = json;
  const error = keyFault(key) ?? valueFault(value) ?? revisionFault(revision) ?? timeFault(at) ?? byFault(by);
  if (error !== null) return refused(error);
  return { ok: true, value: { key, value, revision, at, by } as DecisionEntry };
}

/** `null` is the value of a decision that was taken back. */
export function valueFault(value: unknown): string | null {
  if (value === null) return null;
  if (!isJsonObject(value)) return 'value: no JSON object';
  if (!isWithin(value, MAX_DEPTH))
    return `value: allowed: at most ${MAX_DEPTH} objects and arrays in each other`;
  const length = lengthOf(value);
  return length <= MAX_VALUE ? null : `value: found ${length} bytes, allowed: at most ${MAX_VALUE}`;
}

/** As JSON. Bytes. */
export function lengthOf(value: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value));
}

export function byFault(by: unknown): string | null {
  const fits = typeof by === 'string' && by.length <= MAX_BY && !CONTROL.test(by);
  return fits ? null : `by: allowed: text of at most ${MAX_BY} characters, none of them a control character`;
}

export function revisionFault(revision: unknown): string | null {
  if (Number.isSafeInteger(revision) && (revision as number) >= 1) return null;
  return `revision: found ${shown(revision)}, allowed: an integer from 1`;
}

/** Unix milliseconds. */
export function timeFault(at: unknown): string | null {
  if (Number.isSafeInteger(at) && (at as number) >= 0) return null;
  return `at: found ${shown(at)}, allowed: Unix milliseconds`;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((each) => isWithin(each, depth - 1));
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 40);
}

function refused(error: string): Decoded<never> {
  return { ok: false, error };
}
