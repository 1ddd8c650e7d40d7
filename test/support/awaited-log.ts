import type { LogData } from '../../src/telemetry/component-log.ts';
import { LogLines } from './registry-fixture.ts';

/** A log that can be waited for. */
export class AwaitedLog extends LogLines {
  #waiting: (() => void)[] = [];

  override info(message: string, data: LogData = {}): void {
    super.info(message, data);
    this.#wake();
  }

  override warn(message: string, data: LogData = {}): void {
    super.warn(message, data);
    this.#wake();
  }

  override error(message: string, data: LogData = {}): void {
    super.error(message, data);
    this.#wake();
  }

  /** Resolves when there are so many lines with this message. */
  async line(message: string, count = 1): Promise<void> {
    while (this.count(message) < count) await new Promise<void>((wake) => this.#waiting.push(wake));
  }

  count(message: string): number {
    return this.messages.filter((line) => line === message).length;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
