import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';

/** The rest of an answer, as fast as the client reads it; in between, a turn of the loop for each piece. */
export async function writePieces(response: ServerResponse, pieces: Iterable<string>): Promise<void> {
  let goOn = (): void => {};
  // Also when the client has left.
  for (const event of ['drain', 'close']) on(response, event, ONE_MESSAGE, () => goOn());
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (piece !== '' && !response.write(piece)) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    await nextTurn();
  }
  response.end();
}
