import { askAgent, NoAgent, SilentAgent } from '../agent/ask-agent.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { CannotStart } from './cannot-start.ts';

/** What has become of the agent that was there. */
export interface Takeover {
  /** What it was told to drain, as in `Legacy`. */
  readonly drained: readonly string[];
  /** It is there still, and does not answer. */
  readonly isSilent: boolean;
}

/** It waits for its bus and its routing API. */
const PATIENCE_MS = 15_000;
const NOBODY: Takeover = { drained: [], isSilent: false };

/**
 * Asks the agent that has the folder to end without taking anything back, if there is one. One that hangs announces
 * nothing: its place is taken, and it ends when it reads the order. @throws {CannotStart}
 */
export async function takeOver(
  folder: string | null,
  log: ComponentLog,
  patience = PATIENCE_MS,
): Promise<Takeover> {
  if (folder === null)
    throw new CannotStart('--handover needs a folder that both agents have: --state-dir DIR');
  try {
    const answer = await askAgent(folder, { order: 'handover' }, patience);
    if (!answer.ok) throw new CannotStart(`the agent that runs does not hand over: ${answer.error}`);
    log.info('took-over', { routes: answer.routes });
    return { drained: answer.drained ?? [], isSilent: false };
  } catch (error) {
    if (error instanceof CannotStart) throw error;
    if (error instanceof SilentAgent) {
      log.error('took-over-from-silence', { reason: error.message });
      return { ...NOBODY, isSilent: true };
    }
    if (!(error instanceof NoAgent)) {
      throw new CannotStart(`the agent that runs does not hand over: ${(error as Error).message}`);
    }
    log.info('nobody-to-take-over-from', { folder });
    return NOBODY;
  }
}
