import assert from 'node:assert/strict';
import { show } from '../../src/cli/show.ts';
import { parseShow } from '../../src/cli/show-arguments.ts';

/** What `cellgate show` prints of the router that listens there for its operators. */
export function shower(socket: string) {
  const run = async (...args: string[]): Promise<string> => {
    const command = parseShow([...args, '--admin', `unix:${socket}`], {});
    assert.equal(command.kind, 'show', 'message' in command ? String(command.message) : '');
    assert.ok(command.kind === 'show');
    let text = '';
    const write = (more: string): boolean => {
      text += more;
      return true;
    };
    const code = await show(command, {
      out: { write, isTTY: false },
      error: (sentence) => void write(sentence),
    });
    assert.equal(code, 0, text);
    return text;
  };
  const json = async (...args: string[]) => JSON.parse(await run(...args, '--json'));
  return { show: run, json };
}
