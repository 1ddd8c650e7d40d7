import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Writing } from './snapshot-pace.ts';

/**
 * Tells what is wrong with the folder once, however often it is met, and once that nothing is any more. Ages are small:
 * that they could be written does not say that a snapshot could.
 */
export class DiskTrouble {
  readonly #folder: string;
  readonly #log: ComponentLog;
  readonly #failing = new Set<Writing>();

  constructor(folder: string, log: ComponentLog) {
    this.#folder = folder;
    this.#log = log;
  }

  /** @param writing what could not be written */
  met(writing: Writing, reason: string): void {
    if (this.#failing.size === 0)
      this.#log.error('snapshot-not-written', { folder: this.#folder, error: reason });
    this.#failing.add(writing);
  }

  /** @param writing what was written */
  over(writing: Writing): void {
    if (this.#failing.size === 0) return;
    this.#failing.delete('ages');
    if (writing === 'snapshot') this.#failing.clear();
    if (this.#failing.size === 0) this.#log.info('snapshot-written-again', { folder: this.#folder });
  }
}
