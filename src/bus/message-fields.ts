import { integerText } from './integer-text.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

const UPPER_CASE = /[A-Z]/;

const NO_TEXTS: readonly string[] = [];

/**
 * Typed reading of one JSON object. Absent and null give the default and names count in any case, as in gorouter; the
 * first field of a wrong type is kept in `error` and every later read is harmless.
 */
export class MessageFields {
  error: string | undefined;
  readonly #fields: Readonly<Record<string, unknown>>;
  /** As they are written, by their names in lower case. Null where all are written so, which they nearly always are. */
  readonly #spellings: ReadonlyMap<string, string> | null;
  readonly #prefix: string;

  constructor(value: unknown, name = '') {
    this.#prefix = name === '' ? '' : `${name}.`;
    this.#fields = isObject(value) ? value : {};
    this.#spellings = spellings(this.#fields);
    if (!isObject(value)) this.error = mismatch(name || 'message', value, 'an object');
  }

  text(name: string): string {
    const value = this.#read(name);
    if (value === undefined) return '';
    if (typeof value === 'string') return value;
    return this.#refuse(name, value, 'a string', '');
  }

  flag(name: string): boolean {
    const value = this.#read(name);
    if (value === undefined) return false;
    if (typeof value === 'boolean') return value;
    return this.#refuse(name, value, 'true or false', false);
  }

  /** From 0 to `max`. */
  integer(name: string, max: number): number {
    const value = this.#read(name);
    if (value === undefined) return 0;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
    return this.#refuse(name, value, `an integer from 0 to ${max}`, 0);
  }

  /** Milliseconds, of whole seconds as a number or of text like "1m30s"; 0 when absent. At most a day. */
  duration(name: string): number {
    const value = this.#read(name);
    if (value === undefined) return 0;
    const milliseconds = typeof value === 'number' ? value * 1000 : durationText(value);
    if (Number.isInteger(milliseconds) && milliseconds >= 0 && milliseconds <= DAY_MS) return milliseconds;
    return this.#refuse(name, value, 'seconds, or text like "90s", of at most a day', 0);
  }

  /** From 0 on. Agents write it as a number or, since it comes from an option, as text. */
  number(name: string): number {
    const value = this.#read(name);
    if (value === undefined || value === '') return 0;
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return number;
    return this.#refuse(name, value, 'a number from 0', 0);
  }

  /**
   * Exact decimal text of a signed 64-bit integer; `json` is the text this object was parsed from. Without, it is to be
   * text in the object.
   */
  integer64(name: string, json: string | null): string {
    const value = this.#read(name);
    if (value === undefined) return '0';
    if (json === null) {
      if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return value;
      return this.#refuse(name, value, 'an integer of 64 bits, as text', '0');
    }
    return (
      integerText(json, this.#fields, this.#spelling(name)) ??
      this.#refuse(name, value, 'an integer of 64 bits', '0')
    );
  }

  texts(name: string): readonly string[] {
    const value = this.#read(name);
    if (value === undefined) return NO_TEXTS;
    if (!Array.isArray(value)) return this.#refuse(name, value, 'an array of strings', NO_TEXTS);
    for (let i = 0; i < value.length; i++) {
      if (value[i] === null) value[i] = '';
      else if (typeof value[i] !== 'string') {
        return this.#refuse(`${name}[${i}]`, value[i], 'a string', NO_TEXTS);
      }
    }
    return value;
  }

  textMap(name: string): Readonly<Record<string, string>> | null {
    const value = this.#read(name);
    if (value === undefined) return null;
    if (!isObject(value)) return this.#refuse(name, value, 'an object of strings', null);
    for (const key in value) {
      if (value[key] === null) value[key] = '';
      else if (typeof value[key] !== 'string') {
        return this.#refuse(`${name}.${key.slice(0, 40)}`, value[key], 'a string', null);
      }
    }
    return value as Record<string, string>;
  }

  object(name: string): MessageFields {
    const value = this.#read(name);
    return value === undefined ? NO_FIELDS : new MessageFields(value, this.#prefix + name);
  }

  #read(name: string): unknown {
    return this.#fields[this.#spelling(name)] ?? undefined;
  }

  #spelling(name: string): string {
    return this.#spellings?.get(name) ?? name;
  }

  #refuse<T>(name: string, value: unknown, allowed: string, fallback: T): T {
    this.error ??= mismatch(this.#prefix + name, value, allowed);
    return fallback;
  }
}

/** Whatever is read of it is the default, and nothing of it can be wrong. */
const NO_FIELDS = new MessageFields({});

function spellings(fields: Readonly<Record<string, unknown>>): Map<string, string> | null {
  const names = Object.keys(fields);
  return names.some((name) => UPPER_CASE.test(name))
    ? new Map(names.map((name) => [name.toLowerCase(), name]))
    : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mismatch(name: string, value: unknown, allowed: string): string {
  return `${name}: found ${described(value)}, allowed: ${allowed}`;
}

function described(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `${typeof value} ${JSON.stringify(typeof value === 'string' ? value.slice(0, 40) : value)}`;
}

/** Milliseconds, NaN when it is no duration. */
function durationText(value: unknown): number {
  if (typeof value !== 'string' || !/^(?:\d{1,9}(?:ms|[hms]))+$/.test(value)) return Number.NaN;
  let sum = 0;
  for (const [, count, unit] of value.matchAll(/(\d+)(ms|[hms])/g)) sum += Number(count) * UNIT_MS[unit!]!;
  return sum;
}
