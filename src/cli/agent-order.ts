import { setTimeout as delay } from 'node:timers/promises';
import { askAgent } from '../agent/ask-agent.ts';
import type { AgentOrder, OrderAnswer } from '../agent/control-socket.ts';
import { stateFolder } from './agent.ts';
import type { AgentCommand } from './agent-arguments.ts';

interface Output {
  out(text: string): void;
  error(line: string): void;
}

/** For an agent that takes over to be there, and to know its routes. */
const TRIES = 20;
const REST_MS = 500;

/** Asks an agent that runs; resolves with the exit code. */
export async function orderAgent(
  command: Exclude<AgentCommand, { kind: 'agent' }>,
  output: Output,
): Promise<number> {
  const folder = stateFolder(command.stateDir);
  if (folder === null) {
    output.error('there is no state folder: name the one of the agent with --state-dir DIR');
    return 1;
  }
  const order: AgentOrder =
    command.kind === 'agent-status' ? { order: 'status' } : { order: command.order, route: command.route };
  let answer: OrderAnswer;
  try {
    answer = await askOn(folder, order);
  } catch (error) {
    output.error(`${(error as Error).message}: start one with "cellgate agent", or name its --state-dir`);
    return 1;
  }
  if (!answer.ok) {
    output.error(`${answer.error}: see "cellgate agent status"`);
    return 1;
  }
  for (const line of answer.status ?? []) output.out(`${JSON.stringify(line)}\n`);
  if (order.order === 'drain') output.out(`drained ${order.route}: its application may stop\n`);
  if (order.order === 'undrain') output.out(`${order.route} is announced again\n`);
  return 0;
}

/** An agent that hands over in the middle of a drain is followed by one that goes on with it. */
async function askOn(folder: string, order: AgentOrder): Promise<OrderAnswer> {
  let answer = await askAgent(folder, order);
  if (answer.ok || answer.hasLeft !== true) return answer;
  for (let tries = 0; tries < TRIES && !answer.ok; tries++) {
    await delay(REST_MS);
    try {
      answer = await askAgent(folder, order);
    } catch {
      // It is not there yet.
    }
  }
  return answer;
}
