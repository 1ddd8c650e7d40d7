import type { ComponentLog } from '../telemetry/component-log.ts';

const SIGNALS = ['SIGUSR1', 'SIGTERM', 'SIGINT'] as const;

export type EndingSignal = (typeof SIGNALS)[number];

/** Resolves with the first signal that asks for an end; those after it are only noted (reference §5.5). */
export function endingSignal(log: ComponentLog): Promise<EndingSignal> {
  const { promise, resolve } = Promise.withResolvers<EndingSignal>();
  let state: 'running' | 'ending' = 'running';
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (state === 'ending') log.info('gorouter.signal.ignored', { signal });
      state = 'ending';
      resolve(signal);
    });
  }
  return promise;
}
