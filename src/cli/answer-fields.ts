import { printable } from './printable.ts';

/** An object of a router's answer. It may be of another version, and lack or have anything. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Empty where it is none. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The objects of a list; empty where it is none. */
export function fieldsIn(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** For a terminal; empty where it is no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}
