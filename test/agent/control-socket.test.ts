import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, linkSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { askAgent } from '../../src/agent/ask-agent.ts';
import { ControlSocket, socketIn } from '../../src/agent/control-socket.ts';
import { FolderTaken } from '../../src/agent/socket-place.ts';
import { takeOver } from '../../src/cli/agent-handover.ts';
import { engineBed } from '../support/agent-engine.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { ToldLog } from '../support/told-log.ts';

async function open(t: TestContext, folder: string, replaces = false): Promise<ControlSocket> {
  const control = await ControlSocket.open(folder, {
    engine: engineBed().engine,
    handOver: async () => {},
    replaces,
  });
  assert.ok(control instanceof ControlSocket, String(control));
  t.onTestFinished(() => control.close());
  return control;
}

test('an agent that ends after it has handed over leaves the socket of the one that took over', async (t) => {
  const folder = temporaryDirectory(t);
  const old = await open(t, folder);
  await askAgent(folder, { order: 'handover' });
  assert.equal(existsSync(socketIn(folder)), false);
  await open(t, folder);
  await old.close();
  assert.deepEqual(await askAgent(folder, { order: 'status' }), { ok: true, routes: 0, status: [] });
});

test('a socket that nobody listens to any more is replaced, that of another agent is not', async (t) => {
  const folder = temporaryDirectory(t);
  await open(t, folder);
  const second = await ControlSocket.open(folder, {
    engine: engineBed().engine,
    handOver: async () => {},
  });
  assert.ok(second instanceof FolderTaken);
  assert.match(second.message, /^another agent runs with the state folder/);
  assert.deepEqual(await askAgent(folder, { order: 'status' }), { ok: true, routes: 0, status: [] });
});

test('the place of an agent that hangs is taken all the same', async (t) => {
  const folder = temporaryDirectory(t);
  const hanging = createServer(() => {});
  hanging.listen(socketIn(folder));
  await once(hanging, 'listening');
  t.onTestFinished(() => void hanging.close());
  const log = new ToldLog();
  assert.deepEqual(await takeOver(folder, log, 100), { drained: [], isSilent: true });
  assert.equal(log.of('took-over-from-silence').length, 1);
  await open(t, folder, true);
  assert.deepEqual(await askAgent(folder, { order: 'status' }), { ok: true, routes: 0, status: [] });
});

test('whoever has said all that it has to say is answered', async (t) => {
  const folder = temporaryDirectory(t);
  await open(t, folder);
  const client = connect(socketIn(folder));
  client.end('{"order":"status"}');
  const chunks = await client.setEncoding('utf8').toArray();
  assert.equal(chunks.join(''), '{"ok":true,"routes":0,"status":[]}\n');
});

test('of agents that start at the same moment one has the folder, whatever was left there', async (t) => {
  const folder = temporaryDirectory(t);
  for (const isStale of [false, true, true, true]) {
    if (isStale) {
      const dead = createServer().listen(join(folder, 'dead.sock'));
      await once(dead, 'listening');
      linkSync(join(folder, 'dead.sock'), socketIn(folder));
      dead.close();
      await once(dead, 'close');
    }
    const { engine } = engineBed();
    const open = () => ControlSocket.open(folder, { engine, handOver: async () => {} });
    const all = await Promise.all(Array.from({ length: 8 }, open));
    const winners = all.filter((each) => each instanceof ControlSocket);
    for (const winner of winners) t.onTestFinished(() => winner.close());
    assert.equal(winners.length, 1);
    assert.ok(
      all.every((each) => each instanceof ControlSocket || each instanceof FolderTaken),
      String(all),
    );
    assert.equal(winners[0]!.isOurs, true);
    assert.deepEqual(readdirSync(folder), ['agent.sock']);
    await winners[0]!.close();
    assert.deepEqual(readdirSync(folder), []);
  }
});

test('an agent whose place was taken while it hung knows it', async (t) => {
  const folder = temporaryDirectory(t);
  const old = await open(t, folder);
  const next = await open(t, folder, true);
  assert.deepEqual([old.isOurs, next.isOurs], [false, true]);
});
