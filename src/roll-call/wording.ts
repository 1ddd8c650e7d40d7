import { parsePayload } from '../bus/payload.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Where a message goes: an answer cannot be taken for one to another question, nor a question for another asker's. */
export interface Place {
  readonly subject: string;
  /** Where it is to be answered; empty: nowhere. */
  readonly reply: string;
}

/** How questions and answers are written on the bus. */
export interface Wording {
  /** @param from id of this router */
  write(message: object, from: string, place: Place): Uint8Array;
  /** Null: it is none of ours. `from`: who has written it, as far as that can be known. */
  read(
    payload: Uint8Array,
    place: Place,
    longest: number,
  ): { readonly fields: Fields; readonly from: string | null } | null;
}

/** JSON, for everybody who may read the bus. */
export const PLAIN: Wording = {
  write: (message) => new TextEncoder().encode(JSON.stringify(message)),
  read(payload, _place, longest) {
    const fields = payload.length > longest ? null : fieldsOf(payload);
    return fields === null ? null : { fields, from: null };
  },
};

/** Null where it is no JSON object. */
export function fieldsOf(payload: Uint8Array): Fields | null {
  const parsed = parsePayload(payload);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return null;
  return parsed.value as Fields;
}
