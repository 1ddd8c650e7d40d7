import { contain } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { heedEarlyDrain } from './early-drain.ts';

const ENDING = ['SIGUSR1', 'SIGTERM', 'SIGINT'] as const;

type EndingSignal = (typeof ENDING)[number];

/** Those that ask for an end. Where one has nothing to add to those before it, it is only noted (docs/compatibility.md §5.5). */
export class EndingSignals {
  /** The first of them. */
  readonly first: Promise<EndingSignal>;
  /** The first that asks for an end at once, in the middle of a drain too. */
  readonly stop: Promise<void>;

  constructor(log: ComponentLog) {
    const first = Promise.withResolvers<EndingSignal>();
    const stop = Promise.withResolvers<void>();
    this.first = first.promise;
    this.stop = stop.promise;
    let state: 'running' | 'draining' | 'stopping' = 'running';
    const heed = (signal: EndingSignal): void => {
      const isDrain = signal === 'SIGUSR1';
      if (state === 'stopping' || (state === 'draining' && isDrain)) {
        log.info('gorouter.signal.ignored', { signal });
        return;
      }
      state = isDrain ? 'draining' : 'stopping';
      first.resolve(signal);
      if (!isDrain) stop.resolve();
    };
    for (const signal of ENDING) on(process, signal, ONE_MESSAGE, () => heed(signal));
    heedEarlyDrain(() => heed('SIGUSR1'));
  }
}

/** Of a router for TCP alone: those that drain it, and those that end it at once, in the middle of that too (docs/compatibility.md §7.5). */
export class TcpSignals {
  readonly drain: Promise<void>;
  readonly stop: Promise<void>;

  constructor(log: ComponentLog) {
    const drain = Promise.withResolvers<void>();
    for (const signal of ['SIGUSR2', 'SIGUSR1']) on(process, signal, ONE_MESSAGE, () => drain.resolve());
    heedEarlyDrain(() => drain.resolve());
    this.drain = drain.promise;
    this.stop = first(['SIGTERM', 'SIGINT']);
    // Without a listener it would end the process.
    on(process, 'SIGHUP', ONE_MESSAGE, () => log.info('signal.ignored', { signal: 'SIGHUP' }));
  }
}

function first(signals: readonly NodeJS.Signals[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of signals) on(process, signal, ONE_MESSAGE, () => resolve());
  return promise;
}

/** SIGHUP reloads, SIGUSR2 reopens the logs. One that comes before there is anything to do it to is heeded later. */
export class ErrandSignal {
  #early = false;
  #run = (): void => {
    this.#early = true;
  };

  constructor(signal: 'SIGHUP' | 'SIGUSR2') {
    on(process, signal, ONE_MESSAGE, () => this.#run());
  }

  onSignal(run: () => void): void {
    this.#run = run;
    if (this.#early) contain(ONE_MESSAGE, run);
  }
}
