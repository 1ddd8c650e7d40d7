import type { ComponentLog } from '../telemetry/component-log.ts';

/** A disk may have lost all of them. */
const MOST_TOLD = 10;

/** Tells of lines that are not restored: of the first ones each, of all the sum. */
export class RejectedLines {
  readonly #path: string;
  readonly #log: ComponentLog;
  #count = 0;

  constructor(path: string, log: ComponentLog) {
    this.#path = path;
    this.#log = log;
  }

  /** @param line the place in the file; its first line is 1 */
  add(line: number, reason: string): void {
    if (this.#count++ < MOST_TOLD) {
      this.#log.warn('snapshot-line-rejected', { file: this.#path, line, error: reason });
    }
  }

  /** @param lost endpoints that were written and are not restored @param lines those that were written */
  sum(lost: number, lines: number): void {
    if (lost === 0 && this.#count === 0) return;
    this.#log.warn('snapshot-lines-rejected', { file: this.#path, rejected: lost, lines });
  }
}
