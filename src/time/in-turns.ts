import { setImmediate as nextTurn } from 'node:timers/promises';

/** Takes the pieces, one in each turn of the loop, until there is no other or `end`. Rejects with what a piece throws. */
export async function inTurns(pieces: Iterable<unknown>, end?: AbortSignal): Promise<void> {
  for (const _ of pieces) {
    await nextTurn();
    if (end?.aborted) return;
  }
}
