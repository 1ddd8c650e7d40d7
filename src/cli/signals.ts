import type { ComponentLog } from '../telemetry/component-log.ts';

const ENDING = ['SIGUSR1', 'SIGTERM', 'SIGINT'] as const;

export type EndingSignal = (typeof ENDING)[number];

/** Resolves with the first signal that asks for an end; those after it are only noted (gorouter.md §5.5). */
export function endingSignal(log: ComponentLog): Promise<EndingSignal> {
  const { promise, resolve } = Promise.withResolvers<EndingSignal>();
  let state: 'running' | 'ending' = 'running';
  for (const signal of ENDING) {
    process.on(signal, () => {
      if (state === 'ending') log.info('gorouter.signal.ignored', { signal });
      state = 'ending';
      resolve(signal);
    });
  }
  return promise;
}

/** SIGHUP reloads, SIGUSR2 reopens the logs. One that comes before there is anything to do it to is heeded later. */
export class ErrandSignal {
  #early = false;
  #run = (): void => {
    this.#early = true;
  };

  constructor(signal: 'SIGHUP' | 'SIGUSR2') {
    process.on(signal, () => this.#run());
  }

  onSignal(run: () => void): void {
    this.#run = run;
    if (this.#early) run();
  }
}
