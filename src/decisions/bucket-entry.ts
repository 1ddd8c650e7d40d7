import { randomUUID } from 'node:crypto';
import type { KvEntry } from '@nats-io/kv';
import { parsePayload } from '../bus/payload.ts';
import type { DecisionEntry, JsonObject } from './decision.ts';
import { type Decoded, decodeEntry, isJsonObject } from './decision-entry.ts';

/** What stands in the bucket under a key. */
export interface EntryBody {
  /** Null: the decision is taken back. */
  readonly value: JsonObject | null;
  readonly at: number;
  readonly by: string;
  /** Of this one attempt to write it, by which its writer knows it again when the answer was lost. */
  readonly id: string;
}

export interface BucketEntry {
  readonly key: string;
  readonly revision: number;
  /** Empty: of a writer that gives none. */
  readonly id: string;
  readonly decoded: Decoded<DecisionEntry>;
}

export function bodyOf(entry: Pick<DecisionEntry, 'value' | 'at' | 'by'>): EntryBody {
  return { value: entry.value, at: entry.at, by: entry.by, id: randomUUID() };
}

/** Never throws: anybody may write into a bucket. */
export function readBucketEntry(entry: KvEntry): BucketEntry {
  const { key, revision, operation, value } = entry;
  const created = entry.created.getTime();
  const gone = operation !== 'PUT';
  const parsed = value.length === 0 ? null : parsePayload(value);
  const body = parsed?.ok && isJsonObject(parsed.value) ? parsed.value : null;
  const id = typeof body?.['id'] === 'string' ? body['id'] : '';
  // A tool that deletes a key says nothing of who has done it.
  if (gone && body === null) {
    return { key, revision, id, decoded: decodeEntry({ key, revision, value: null, at: created, by: '' }) };
  }
  if (body === null) {
    const error = parsed === null ? 'payload is empty' : parsed.ok ? 'payload: no JSON object' : parsed.error;
    return { key, revision, id, decoded: { ok: false, error } };
  }
  // Where it stands is what NATS says of it, not what it says itself.
  const decoded = decodeEntry({ ...body, key, revision, ...(gone && { value: null }) });
  if (!gone && decoded.ok && decoded.value.value === null) {
    return { key, revision, id, decoded: { ok: false, error: 'value: no JSON object' } };
  }
  return { key, revision, id, decoded };
}
