import { onPanic } from '../../boundary/boundary.ts';
import { catchTheRest } from '../../boundary/last-net.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { ThreadCounters } from '../../telemetry/counters.ts';
import { notePanic } from '../threads/panics.ts';
import type { Part } from './part.ts';

/** Errors of the control thread that cost what they happened in, and nothing else: counted, and written down. */
export class LastNetPart implements Part {
  readonly name = 'last net';
  readonly #counters: ThreadCounters;
  readonly #log: ComponentLog;
  #letGo: () => void = () => {};

  constructor(counters: ThreadCounters, log: ComponentLog) {
    this.#counters = counters;
    this.#log = log;
  }

  start(): void {
    onPanic((panic) => notePanic(panic, this.#counters, this.#log));
  }

  /**
   * What nobody has caught, too, from now on: for a process that is this router and nothing else, once it has started.
   * What it throws before is the end of it.
   */
  catchTheRest(): void {
    this.#letGo = catchTheRest({ kind: 'part', panic() {} });
  }

  stop(): void {
    this.#letGo();
  }
}
