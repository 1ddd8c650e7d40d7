import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { findHaproxy } from '../support/haproxy.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { skipFor } from '../support/skip-for.ts';

const DEMO = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));

/** The line of what it says that has this in it, without the blanks before. */
function lineWith(text: string, part: string): string {
  return text
    .split('\n')
    .find((line) => line.includes(part))!
    .trim();
}

test(
  'the demonstration sets up blue and green, and what it says to try can be tried',
  skipFor(unlessInstalled('nats-server')),
  async (t) => {
    const demo = new CellgateProcess(t, [DEMO], tmpdir(), {}, { program: process.execPath });
    await demo.until('Ctrl-C ends all of it.');
    const said = demo.stdout;
    assert.equal(said.includes('HAProxy is not installed'), findHaproxy() === undefined);
    const front = Number(lineWith(said, "curl -H 'Host:").split(':').at(-1));
    assert.match((await ask(front, get('shop.localhost'))).body, /^blue-[01]\n$/);

    const run = async (line: string): Promise<CellgateProcess> => {
      const [place, , ...args] = line.split(' ') as [string, string, ...string[]];
      const [, folder] = place.split('=');
      const command = new CellgateProcess(t, args, tmpdir(), { CELLGATE_STATE_DIR: folder });
      assert.deepEqual(await command.exited, [0, null], command.stderr);
      return command;
    };
    const explained = await run(lineWith(said, 'bin/cellgate explain'));
    assert.match(explained.stdout, /split +app:blue 10000 .*, rest 0 /);

    const page = new URL(lineWith(said, 'http://127.0.0.1'));
    const token = /with the token (\w+)$/m.exec(said)![1];
    assert.equal((await fetch(page)).status, 200);
    const headers = { Authorization: `Bearer ${token}` };
    const seen = await (await fetch(new URL('/v1/routes', page), { headers })).text();
    assert.match(seen, /"route":"shop\.localhost"/);

    // The same in less time than somebody takes who looks on.
    const quick = '--plan 100 --step-time 1s --window 1s --soak 1s --min-requests 20';
    const cutover = await run(lineWith(said, 'bin/cellgate cutover').replace(/--plan .*/, quick));
    assert.match(cutover.stdout, /^.* done: green has everything/m);
    assert.match((await ask(front, get('shop.localhost'))).body, /^green-[01]\n$/);

    const folder = /CELLGATE_STATE_DIR=(\S+)\/router-0/.exec(said)![1]!;
    demo.kill('SIGINT');
    assert.deepEqual(await demo.exited, [0, null]);
    assert.ok(!existsSync(folder));
    await assert.rejects(ask(front, get('shop.localhost')).then(statusOf));
  },
);
