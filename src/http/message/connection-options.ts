import type { Head } from './head.ts';

/** Over all its lines, more than any honest message names: every header line is compared with each of them. */
const MAX_OPTIONS = 64;

/** What the Connection lines of one message ask for (RFC 9110 §7.6.1). */
export class ConnectionOptions {
  close = false;
  upgrade = false;
  /** Further names, lower case: header fields meant for this hop only. */
  named: string[] | null = null;
  #keepAlive = false;
  #count = 0;

  /** RFC 9112 §9.3: `close` wins over it. */
  get keepAlive(): boolean {
    return this.#keepAlive && !this.close;
  }

  reset(): void {
    this.close = false;
    this.#keepAlive = false;
    this.upgrade = false;
    this.named = null;
    this.#count = 0;
  }

  /** Adds one Connection line; `false` when the message lists more than any honest one does. */
  add(head: Head, line: number): boolean {
    const text = head.value(line).toLowerCase();
    if (text === 'keep-alive') {
      this.#keepAlive = true;
      return true;
    }
    if (text === 'close') {
      this.close = true;
      return true;
    }
    const options = text.split(',', MAX_OPTIONS + 1);
    this.#count += options.length;
    if (this.#count > MAX_OPTIONS) return false;
    for (const option of options) this.#addOption(option.trim());
    return true;
  }

  #addOption(option: string): void {
    if (option === 'close') this.close = true;
    else if (option === 'keep-alive') this.#keepAlive = true;
    else if (option === 'upgrade') this.upgrade = true;
    else if (option !== '') {
      this.named ??= [];
      this.named.push(option);
    }
  }
}
