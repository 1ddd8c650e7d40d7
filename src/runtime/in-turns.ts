import { setImmediate as nextTurn } from 'node:timers/promises';

/** Takes all pieces, one in each turn of the loop. Rejects with what a piece throws. */
export async function inTurns(pieces: Iterable<unknown>): Promise<void> {
  for (const _ of pieces) await nextTurn();
}
