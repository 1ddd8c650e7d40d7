import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { connect } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon } from './bed.ts';
import { CannotStart } from './cannot-start.ts';
import { BODY, HOST, type Target } from './target.ts';

const PATIENCE_MILLISECONDS = 90_000;

/**
 * Returns once the target answers 200 with the origin's body.
 * @throws CannotStart when the process ends first, or goes on answering anything else
 */
export async function answer(daemon: Daemon, target: Target): Promise<void> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const fault = await faultOf(target);
    if (fault === undefined) return;
    const ending = daemon.ending();
    if (ending) throw new CannotStart(ending);
    if (performance.now() > deadline) throw new CannotStart(`${daemon.name} does not answer: ${fault}`);
    await delay(50);
  }
}

/** What was wrong with the answer. */
async function faultOf(target: Target): Promise<string | undefined> {
  try {
    const [status, body] = await (target.listener === 'h2c' ? getOverHttp2(target) : get(target));
    if (status !== 200) return `status ${status} instead of 200`;
    return body === BODY ? undefined : `a body of ${body.length} bytes that is not the origin's`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function get({ listener, port }: Target): Promise<[status: number, body: string]> {
  const outgoing = (listener === 'https' ? requestHttps : requestHttp)({
    host: '127.0.0.1',
    port,
    headers: { host: HOST },
    timeout: 1000,
    agent: false,
    rejectUnauthorized: false,
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within a second')));
  const [incoming] = await once(outgoing.end(), 'response');
  return [incoming.statusCode, (await incoming.setEncoding('utf8').toArray()).join('')];
}

async function getOverHttp2({ port }: Target): Promise<[status: number, body: string]> {
  const session = connect(`http://${HOST}`, { createConnection: undefined, port, host: '127.0.0.1' });
  const failed = once(session, 'error').then(([error]) => Promise.reject(error));
  const answered = async (): Promise<[number, string]> => {
    const stream = session.request({ ':authority': HOST });
    stream.setTimeout(1000, () => session.destroy(new Error('no answer within a second')));
    const [headers] = await once(stream, 'response');
    return [Number(headers[':status']), (await stream.setEncoding('utf8').toArray()).join('')];
  };
  try {
    return await Promise.race([answered(), failed]);
  } finally {
    session.destroy();
  }
}
