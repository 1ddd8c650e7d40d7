import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon } from './bed.ts';
import { CannotStart } from './cannot-start.ts';
import type { Target } from './target.ts';
import { BODY } from './target.ts';

const PATIENCE_MILLISECONDS = 20_000;

/**
 * Returns once the target answers 200 with the origin's body.
 * @throws CannotStart when the process ends first, or goes on answering anything else
 */
export async function answer(daemon: Daemon, target: Target): Promise<void> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const fault = await get(target);
    if (fault === undefined) return;
    const ending = daemon.ending();
    if (ending) throw new CannotStart(ending);
    if (performance.now() > deadline) throw new CannotStart(`${daemon.name} does not answer: ${fault}`);
    await delay(50);
  }
}

/** What was wrong with the answer. */
async function get(target: Target): Promise<string | undefined> {
  const outgoing = request({
    host: '127.0.0.1',
    port: target.port,
    headers: { host: target.host },
    timeout: 1000,
    agent: false,
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within a second')));
  try {
    const [incoming] = await once(outgoing.end(), 'response');
    const body = (await incoming.setEncoding('utf8').toArray()).join('');
    if (incoming.statusCode !== 200) return `status ${incoming.statusCode} instead of 200`;
    return body === BODY ? undefined : `a body of ${body.length} bytes that is not the origin's`;
  } catch (error) {
    return (error as Error).message;
  }
}
