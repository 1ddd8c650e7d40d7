import { nearestName } from '../../config/nearest-name.ts';

export const PREFIX = 'cellgate.';

/** The labels of one container that begin with `cellgate.`; names are without that. What nobody asks for is unknown. */
export class Labels {
  /** Sentences, each with the label, what was found, and what is allowed. */
  readonly faults: string[] = [];
  readonly warnings: string[] = [];
  readonly #values = new Map<string, string>();
  readonly #known: string[] = [];
  readonly #asked = new Set<string>();

  constructor(labels: Readonly<Record<string, string>>) {
    for (const [name, value] of Object.entries(labels)) {
      if (name.startsWith(PREFIX)) this.#values.set(name.slice(PREFIX.length), value.trim());
    }
  }

  has(name: string): boolean {
    return this.text(name) !== '';
  }

  /** Empty when it is absent. */
  text(name: string): string {
    this.#known.push(name);
    this.#asked.add(name);
    return this.#values.get(name) ?? '';
  }

  /** Between commas. */
  list(name: string): string[] {
    return split(this.text(name));
  }

  /** @param parse answers undefined for what is none; null when the label is absent, or refused */
  read<Value>(name: string, allowed: string, parse: (text: string) => Value | undefined): Value | null {
    const text = this.text(name);
    if (text === '') return null;
    const value = parse(text);
    if (value === undefined) this.refuse(name, text, allowed);
    return value ?? null;
  }

  /** Labels of one kind, which have names of their own behind it: `tag.NAME`. */
  named(kind: string): Record<string, string> {
    const found: [string, string][] = [];
    this.#known.push(`${kind}.`);
    for (const [name, value] of this.#values) {
      if (!name.startsWith(`${kind}.`) || name.length === kind.length + 1) continue;
      this.#asked.add(name);
      found.push([name.slice(kind.length + 1), value]);
    }
    return Object.fromEntries(found);
  }

  refuse(name: string, value: string, allowed: string): void {
    this.faults.push(`${PREFIX}${name}: found ${quoted(value)}, allowed: ${allowed}`);
  }

  warnOfUnknown(): void {
    for (const name of this.#values.keys()) {
      if (this.#asked.has(name)) continue;
      const nearest = nearestName(name, this.#known);
      const guess = nearest === null ? '' : ` (did you mean "${PREFIX}${nearest}"?)`;
      this.warnings.push(`${PREFIX}${name}: unknown label, ignored${guess}`);
    }
  }
}

export function split(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
