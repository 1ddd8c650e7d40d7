import { quoted } from './go-quote.ts';

/** Characters of all extra headers in the copy for Loggregator (docs/compatibility.md §6.6). */
const TRUNCATED_LIMIT = 20_000;
const TRUNCATED = '...EXTRA-REQUEST-HEADERS-TOO-LONG-TO-LOG--TRUNCATED';

/** Request headers that the access log tells, by their names. */
export class ExtraHeaders {
  /** Lower case. */
  readonly names: readonly string[];
  readonly #labels: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names.map((name) => name.toLowerCase());
    this.#labels = this.names.map(headerLabel);
  }

  /** Their part of the line. `values`: one for each name, empty when it is missing. */
  part(values: readonly string[], plain: boolean): string {
    let part = '';
    for (let i = 0; i < this.#labels.length; i++) part += ` ${this.#labels[i]}:${quoted(values[i]!, plain)}`;
    return part;
  }

  /** Only as many of them as Loggregator has room for. */
  truncatedPart(values: readonly string[]): string {
    let part = '';
    for (let i = 0; i < this.#labels.length; i++) {
      const [label, value] = [this.#labels[i]!, values[i]!];
      const length = label.length + value.length + (value === '' ? 7 : 4);
      if (part.length + length >= TRUNCATED_LIMIT) return `${part || ' '}${TRUNCATED}`;
      part += ` ${label}:${quoted(value, false)}`;
    }
    return part;
  }
}

/** `X-Something-Cool` is told as `x_something_cool`. */
export function headerLabel(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
