import { connect } from 'node:net';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import { type AgentOrder, type OrderAnswer, socketIn } from './control-socket.ts';

/** Nobody has the folder. */
export class NoAgent extends Error {
  override readonly name = 'NoAgent';
}

/** Asks the agent that has this state folder; it may take as long as a drain does. @throws {NoAgent | Error} */
export async function askAgent(folder: string, order: AgentOrder): Promise<OrderAnswer> {
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
  });
  once(socket, 'close', ONE_MESSAGE, () => resolve(text));
  const answer = await promise;
  try {
    return JSON.parse(answer) as OrderAnswer;
  } catch {
    throw new Error('the agent ended before it answered');
  }
}
