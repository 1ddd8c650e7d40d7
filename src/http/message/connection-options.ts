import type { Head } from './head.ts';

/** More than any honest message names. */
const MAX_OPTIONS = 64;

/** What the Connection lines of one message ask for (RFC 9110 §7.6.1). */
export class ConnectionOptions {
  close = false;
  keepAlive = false;
  upgrade = false;
  /** Further names, lower case: header fields meant for this hop only. */
  named: string[] | null = null;

  reset(): void {
    this.close = false;
    this.keepAlive = false;
    this.upgrade = false;
    this.named = null;
  }

  /** Adds one Connection line; `false` when it lists more than any honest message does. */
  add(head: Head, line: number): boolean {
    const text = head.value(line).toLowerCase();
    if (text === 'keep-alive') {
      this.keepAlive = true;
      return true;
    }
    if (text === 'close') {
      this.close = true;
      return true;
    }
    const options = text.split(',', MAX_OPTIONS + 1);
    if (options.length > MAX_OPTIONS) return false;
    for (const option of options) this.#addOption(option.trim());
    return true;
  }

  #addOption(option: string): void {
    if (option === 'close') this.close = true;
    else if (option === 'keep-alive') this.keepAlive = true;
    else if (option === 'upgrade') this.upgrade = true;
    else if (option !== '') {
      this.named ??= [];
      this.named.push(option);
    }
  }
}
