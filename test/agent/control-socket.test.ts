import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { type TestContext, test } from 'vitest';
import { askAgent } from '../../src/agent/ask-agent.ts';
import { ControlSocket, socketIn } from '../../src/agent/control-socket.ts';
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
  assert.ok(typeof control !== 'string', String(control));
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
  assert.match(String(second), /^another agent runs with the state folder/);
  assert.deepEqual(await askAgent(folder, { order: 'status' }), { ok: true, routes: 0, status: [] });
});

test('the place of an agent that hangs is taken all the same', async (t) => {
  const folder = temporaryDirectory(t);
  const hanging = createServer(() => {});
  hanging.listen(socketIn(folder));
  await once(hanging, 'listening');
  t.onTestFinished(() => void hanging.close());
  const log = new ToldLog();
  assert.deepEqual(await takeOver(folder, log, 100), { drained: new Set(), isSilent: true });
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
