import { askAgent, NoAgent } from '../agent/ask-agent.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { CannotStart } from './cannot-start.ts';

/**
 * Asks the agent that has the folder to end without taking anything back, if there is one. Resolves with the names of the
 * routes that it was told to drain: their applications may be about to stop. @throws {CannotStart}
 */
export async function takeOver(folder: string | null, log: ComponentLog): Promise<ReadonlySet<string>> {
  if (folder === null)
    throw new CannotStart('--handover needs a folder that both agents have: --state-dir DIR');
  try {
    const answer = await askAgent(folder, { order: 'handover' });
    if (!answer.ok) throw new CannotStart(`the agent that runs does not hand over: ${answer.error}`);
    log.info('took-over', { routes: answer.routes });
    return new Set(answer.drained);
  } catch (error) {
    if (error instanceof CannotStart) throw error;
    if (!(error instanceof NoAgent)) {
      throw new CannotStart(`the agent that runs does not hand over: ${(error as Error).message}`);
    }
    log.info('nobody-to-take-over-from', { folder });
    return new Set();
  }
}
