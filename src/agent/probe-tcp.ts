import { connect } from 'node:net';
import { on, once } from '../boundary/events.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { CheckResult, TcpProbe } from './route/check.ts';

/** Whether somebody takes connections there. @param timeout milliseconds */
export async function probeTcp(
  { host, port }: Pick<TcpProbe, 'host' | 'port'>,
  timeout: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { promise, resolve } = Promise.withResolvers<CheckResult>();
  const socket = connect({ host, port });
  const fail = (reason: string): void => resolve({ ok: false, reason });
  once(socket, 'connect', ONE_ROUND, () => resolve({ ok: true }));
  on(socket, 'error', ONE_ROUND, ({ code, message }: NodeJS.ErrnoException) => fail(code ?? message));
  const timer = after(timeout, ONE_ROUND, () => fail(`no connection within ${timeout}ms`));
  const stop = (): void => fail('called off');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}
