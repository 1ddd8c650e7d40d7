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

/** One that comes before there is anything to reload is heeded later. */
export class ReloadSignal {
  #early = false;
  #reload = (): void => {
    this.#early = true;
  };

  constructor() {
    process.on('SIGHUP', () => this.#reload());
  }

  onReload(reload: () => void): void {
    this.#reload = reload;
    if (this.#early) reload();
  }
}
