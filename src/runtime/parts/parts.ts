import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { Part, Reload } from './part.ts';

/** The parts of a router: they start and reload in their order, and stop in the reverse. */
export class Parts {
  readonly #parts: readonly Part[];
  readonly #log: ComponentLog;
  /** So many of them have started, or tried to. */
  #begun = 0;

  constructor(parts: readonly Part[], log: ComponentLog) {
    this.#parts = parts;
    this.#log = log;
  }

  /** Rejects with what the first part that cannot start rejects with; `stop` is to be called then, too. */
  async start(): Promise<void> {
    for (const part of this.#parts) {
      this.#begun++;
      await part.start?.();
    }
  }

  reload(next: Reload): void {
    for (const part of this.#parts) part.reload?.(next);
  }

  /** Those that have begun. One that fails keeps none from its end. */
  async stop(): Promise<void> {
    while (this.#begun > 0) {
      this.#begun--;
      const part = this.#parts[this.#begun]!;
      try {
        await part.stop?.();
      } catch (error) {
        this.#log.error('part-not-stopped', { part: part.name, error });
      }
    }
  }
}
