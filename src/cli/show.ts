import { setTimeout as delay } from 'node:timers/promises';
import { askAdmin } from './admin-client.ts';
import { printableJson } from './printable.ts';
import type { Terminal } from './progress.ts';
import type { ShowCommand } from './show-arguments.ts';
import { shownText } from './shown-text.ts';

export interface ShowOutput {
  readonly out: Terminal;
  error(line: string): void;
}

/** Milliseconds between two looks. */
const PAUSE = 2000;
const CLEAR = '\x1b[H\x1b[2J';

/** Shows what a router knows, once or again and again; the exit code. */
export async function show(
  { address, what, path, watch, json }: ShowCommand,
  { out, error }: ShowOutput,
): Promise<number> {
  for (;;) {
    const reply = await askAdmin(address, 'GET', path);
    if (reply.kind === 'failure') {
      error(reply.sentence);
      return 1;
    }
    if (json) {
      out.write(
        `${watch ? JSON.stringify(JSON.parse(printableJson(reply.value))) : printableJson(reply.value)}\n`,
      );
    } else {
      const text = shownText(what, reply.value, Date.now());
      out.write(watch && out.isTTY === true ? `${CLEAR}${text}` : text);
    }
    if (!watch) return 0;
    await delay(PAUSE);
  }
}
