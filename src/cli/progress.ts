import { performance } from 'node:perf_hooks';

/** Milliseconds: of work that is quicker nothing is said. */
const PATIENCE = 500;
const CLEAR_LINE = '\r\x1b[K';

/** What is said to, and whether somebody looks at it. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** How far long work has come, on one line of a terminal that is gone when the work is done; else nowhere. */
export class Progress {
  readonly #terminal: Terminal | null;
  readonly #what: string;
  #count = 0;
  #saidAt = performance.now();
  #isShown = false;

  /** @param what is counted, in the plural */
  constructor(terminal: Terminal, what: string) {
    this.#terminal = terminal.isTTY === true ? terminal : null;
    this.#what = what;
  }

  add(count: number): void {
    this.#count += count;
    const now = performance.now();
    if (this.#terminal === null || now - this.#saidAt < PATIENCE) return;
    this.#saidAt = now;
    this.#isShown = true;
    this.#terminal.write(`${CLEAR_LINE}${this.#count} ${this.#what}`);
  }

  end(): void {
    if (this.#isShown) this.#terminal?.write(CLEAR_LINE);
    this.#isShown = false;
  }
}
