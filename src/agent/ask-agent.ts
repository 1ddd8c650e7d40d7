import { connect } from 'node:net';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { type AgentOrder, type OrderAnswer, socketIn } from './control-socket.ts';

/** Nobody has the folder. */
export class NoAgent extends Error {
  override readonly name = 'NoAgent';
}

/** Somebody has the folder, and does not answer in time. */
export class SilentAgent extends Error {
  override readonly name = 'SilentAgent';
}

/** Characters: of many thousands of routes. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

/**
 * Asks the agent that has this state folder. @param patience milliseconds; null: it may take as long as a drain does
 * @throws {NoAgent | SilentAgent | Error}
 */
export async function askAgent(
  folder: string,
  order: AgentOrder,
  patience: number | null = null,
): Promise<OrderAnswer> {
  const socket = connect(socketIn(folder));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  once(socket, 'connect', ONE_MESSAGE, () => socket.write(`${JSON.stringify(order)}\n`));
  on(socket, 'error', ONE_MESSAGE, ({ code = '', message }: NodeJS.ErrnoException) =>
    reject(
      ['ENOENT', 'ECONNREFUSED'].includes(code)
        ? new NoAgent(`no agent runs with the state folder ${folder}`)
        : new Error(message),
    ),
  );
  socket.setEncoding('utf8');
  on(socket, 'data', ONE_MESSAGE, (part: string) => {
    text += part;
    if (text.length > LONGEST_ANSWER) reject(new Error('the agent answers without an end'));
  });
  once(socket, 'close', ONE_MESSAGE, () => resolve(text));
  const late =
    patience === null
      ? undefined
      : after(patience, ONE_MESSAGE, () =>
          reject(new SilentAgent(`the agent with the state folder ${folder} does not answer`)),
        );
  let answer: string;
  try {
    answer = await promise;
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
  try {
    return JSON.parse(answer) as OrderAnswer;
  } catch {
    throw new Error('the agent ended before it answered');
  }
}
