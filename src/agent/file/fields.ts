import { nearestName } from '../../config/nearest-name.ts';

/** What a reader has to say, each a sentence that begins with the place. */
export interface Findings {
  /** Of a wrong type: the part cannot be used. */
  readonly faults: { add(sentence: string): void };
  readonly warnings: string[];
}

const MAX_PORT = 65_535;

/**
 * One object of a configuration. Names count in any case, as in Go; absent and null are the same. What was never asked
 * for by anybody is unknown.
 */
export class Fields {
  readonly place: string;
  readonly findings: Findings;
  readonly #values = new Map<string, { readonly written: string; readonly value: unknown }>();
  readonly #asked = new Set<string>();

  /** @param place like `routes[0].health_check`; empty: the file as a whole */
  constructor(value: unknown, place: string, findings: Findings) {
    this.place = place;
    this.findings = findings;
    if (value === undefined || value === null) return;
    if (!isObject(value)) {
      findings.faults.add(`${place || 'the file'}: found ${described(value)}, allowed: an object`);
      return;
    }
    for (const [written, each] of Object.entries(value)) {
      this.#values.set(written.toLowerCase(), { written, value: each });
    }
  }

  has(name: string): boolean {
    return this.#read(name) !== undefined;
  }

  /** Empty when it is absent. */
  text(name: string): string {
    const value = this.#read(name) ?? '';
    return typeof value === 'string' ? value : this.refuse(name, value, 'text', '');
  }

  flag(name: string): boolean {
    const value = this.#read(name) ?? false;
    return typeof value === 'boolean' ? value : this.refuse(name, value, 'true or false', false);
  }

  /** From 0 to 65535; null when it is absent. */
  port(name: string): number | null {
    return this.integer(name, 0, MAX_PORT);
  }

  /** Null when it is absent. */
  integer(name: string, least: number, most: number): number | null {
    const value = this.#read(name);
    if (value === undefined) return null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.refuse(name, value, `an integer from ${least} to ${most}`, null);
  }

  list(name: string): readonly unknown[] {
    const value = this.#read(name) ?? [];
    return Array.isArray(value) ? value : this.refuse(name, value, 'a list', []);
  }

  texts(name: string): readonly string[] {
    const list = this.list(name).map((each) => each ?? '');
    const odd = list.findIndex((each) => typeof each !== 'string');
    if (odd < 0) return list as string[];
    return this.refuse(`${name}[${odd}]`, list[odd], 'text', []);
  }

  /** Null when it is absent. */
  textMap(name: string): Readonly<Record<string, string>> | null {
    const value = this.#read(name);
    if (value === undefined) return null;
    if (!isObject(value)) return this.refuse(name, value, 'a map of texts', null);
    const entries = Object.entries(value).map(([key, each]) => [key, each ?? ''] as const);
    const odd = entries.find(([, each]) => typeof each !== 'string');
    if (odd === undefined) return Object.fromEntries(entries) as Record<string, string>;
    return this.refuse(`${name}.${odd[0]}`, odd[1], 'text', null);
  }

  /** Null when it is absent. */
  object(name: string): Fields | null {
    const value = this.#read(name);
    return value === undefined ? null : new Fields(value, this.at(name), this.findings);
  }

  /** As it stands there. */
  raw(name: string): unknown {
    return this.#read(name);
  }

  /** Where a key of this object is, for sentences. */
  at(name: string): string {
    return this.place === '' ? name : `${this.place}.${name}`;
  }

  refuse<T>(name: string, value: unknown, allowed: string, fallback: T): T {
    this.findings.faults.add(`${this.at(name)}: found ${described(value)}, allowed: ${allowed}`);
    return fallback;
  }

  /** Says which keys nobody has asked for. @param passedOver known to others, and without a meaning here */
  warnOfUnknown(passedOver: readonly string[] = []): void {
    for (const [name, { written }] of this.#values) {
      if (this.#asked.has(name) || passedOver.includes(name)) continue;
      const nearest = nearestName(name, this.#asked);
      const guess = nearest === null ? '' : ` (did you mean "${nearest}"?)`;
      this.findings.warnings.push(`${this.at(written)}: unknown key, ignored${guess}`);
    }
  }

  #read(name: string): unknown {
    this.#asked.add(name);
    return this.#values.get(name)?.value ?? undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Texts are not repeated: they may be secrets. */
function described(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'an object' : `${typeof value} ${JSON.stringify(value)}`;
}
