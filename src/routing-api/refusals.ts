import type { ComponentLog } from '../telemetry/component-log.ts';

const SHOWN = 3;

/** Routes of one list that were refused: one line for all, and none while the next lists say the same. */
export class Refusals {
  readonly #log: ComponentLog;
  #last = '';

  constructor(log: ComponentLog) {
    this.#log = log;
  }

  ofList(errors: readonly string[]): void {
    const text = errors.slice(0, SHOWN).join('; ');
    if (errors.length > 0 && `${errors.length} ${text}` !== this.#last) {
      this.#log.error('routing-api-routes-refused', { refused: errors.length, error: text });
    }
    this.#last = `${errors.length} ${text}`;
  }

  ofEvent(error: string): void {
    this.#log.error('routing-api-event-refused', { error });
  }
}
