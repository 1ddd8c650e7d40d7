import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'vitest';
import { Listener } from '../../../src/runtime/threads/listener.ts';

const MODULE = new URL('../../../src/runtime/threads/listener.ts', import.meta.url).href;
const CLIENTS = 512;

test('of many that wait dozens are accepted in one turn of the loop', async (t) => {
  let accepted = 0;
  const listener = new Listener(
    32,
    (socket) => {
      accepted++;
      socket.destroy();
    },
    assert.fail,
  );
  t.onTestFinished(() => listener.close());
  const port = await listener.listen('http', '127.0.0.1', 0);
  const clients = `
    let left = ${CLIENTS};
    const connected = () => --left === 0 && process.exit();
    for (let i = 0; i < ${CLIENTS}; i++) net.connect(${port}, '127.0.0.1', connected);
  `;
  // Nothing is accepted meanwhile.
  assert.equal(spawnSync(process.execPath, ['-e', clients]).status, 0);
  let most = 0;
  for (let before = 0; accepted < CLIENTS; before = accepted) {
    await nextTurn();
    most = Math.max(most, accepted - before);
  }
  assert.ok(most >= 24, `${most}`);
});

test('sockets for which there is no descriptor are done without, and said', () => {
  const script = `
    const { Listener } = await import(${JSON.stringify(MODULE)});
    const told = [];
    const listener = new Listener(200, () => {}, (code) => told.push(code));
    const port = await listener.listen('http', '127.0.0.1', 0);
    listener.close();
    console.log(JSON.stringify([port > 0, told]));
  `;
  const limited = 'ulimit -n 100 && exec "$0" --input-type=module -e "$1"';
  const { stdout } = spawnSync('sh', ['-c', limited, process.execPath, script], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(stdout), [true, ['EMFILE']]);
});

test('a listener that is closed takes nobody, also where its ports were being opened', async () => {
  const listener = new Listener(8, () => assert.fail(), assert.fail);
  const port = await listener.listen('http', '127.0.0.1', 0);
  const opening = listener.listen('http', '127.0.0.1', port);
  listener.close();
  await assert.rejects(opening);
  const [error] = await once(connect(port, '127.0.0.1'), 'error');
  assert.equal(error.code, 'ECONNREFUSED');
});
