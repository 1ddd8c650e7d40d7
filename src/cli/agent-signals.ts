import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { heedEarlyDrain } from './early-drain.ts';

type AgentEnding = 'stop' | 'drain' | 'leave';

const ENDINGS: Readonly<Record<string, AgentEnding>> = {
  SIGTERM: 'stop',
  SIGINT: 'stop',
  SIGQUIT: 'stop',
  SIGUSR1: 'drain',
  SIGUSR2: 'leave',
};

/** What signals tell an agent (docs/agent.md). */
export class AgentSignals {
  /** The first that asks for an end. */
  readonly first: Promise<AgentEnding>;
  /** The first that asks for an end at once, in the middle of a drain too. */
  readonly stop: Promise<void>;

  /** @param hangUp what SIGHUP does */
  constructor(log: ComponentLog, hangUp: () => void) {
    const first = Promise.withResolvers<AgentEnding>();
    const stop = Promise.withResolvers<void>();
    this.first = first.promise;
    this.stop = stop.promise;
    for (const [signal, ending] of Object.entries(ENDINGS)) {
      on(process, signal, ONE_MESSAGE, () => {
        log.info('Caught signal', { signal });
        first.resolve(ending);
        if (ending === 'stop') stop.resolve();
      });
    }
    heedEarlyDrain(() => first.resolve('drain'));
    on(process, 'SIGHUP', ONE_MESSAGE, () => {
      log.info('Caught signal', { signal: 'SIGHUP' });
      hangUp();
    });
  }
}
