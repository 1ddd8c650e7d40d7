import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { Metron } from '../../src/telemetry/metron.ts';

async function agent(t: TestContext, port = 0) {
  const socket = createSocket('udp4');
  const received: Buffer[] = [];
  socket.on('message', (bytes) => received.push(bytes));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  t.onTestFinished(() => void socket.close());
  return { socket, received, port: socket.address().port };
}

async function silentPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

test('what is sent before the name of the agent is known is sent once it is', async (t) => {
  const { socket, received, port } = await agent(t);
  const metron = new Metron(
    { host: 'localhost', port },
    { onDropped: () => assert.fail('nothing is dropped') },
  );
  t.onTestFinished(() => metron.close());
  metron.send(Buffer.from('early'));
  await once(socket, 'message');
  assert.deepEqual(received.map(String), ['early']);
});

test('§6.5 while nobody listens it is said so, and what is sent counts as dropped; who comes later is told', async (t) => {
  const port = await silentPort();
  let dropped = 0;
  const changes: boolean[] = [];
  const metron = new Metron(
    { host: '127.0.0.1', port },
    { onDropped: () => dropped++, onChange: () => changes.push(metron.listens) },
  );
  t.onTestFinished(() => metron.close());
  while (metron.listens) {
    metron.sendAll([Buffer.from('one'), Buffer.from('two')]);
    await delay(1);
  }
  const before = dropped;
  metron.sendAll([Buffer.from('three'), Buffer.from('four')]);
  assert.equal(dropped, before + 2);
  const { socket, received } = await agent(t, port);
  while (!metron.listens) await delay(20);
  metron.sendAll([Buffer.from('five')]);
  while (received.length < 2) await once(socket, 'message');
  // The first of them had been refused, and asks whether somebody listens again.
  assert.deepEqual(
    [received.map(String), changes],
    [
      ['two', 'five'],
      [false, true],
    ],
  );
});

test('one envelope asks whether somebody listens again: nobody is told to make others until then', async (t) => {
  const port = await silentPort();
  const changes: boolean[] = [];
  const metron = new Metron(
    { host: '127.0.0.1', port },
    { onDropped() {}, onChange: () => changes.push(metron.listens) },
  );
  t.onTestFinished(() => metron.close());
  while (metron.listens) {
    metron.sendAll([Buffer.from('one'), Buffer.from('two')]);
    await delay(1);
  }
  // Asked twice, and refused each time.
  await delay(2500);
  assert.deepEqual(changes, [false]);
});

test('an agent whose name nobody knows is no error, and tried again', async (t) => {
  let dropped = 0;
  const metron = new Metron({ host: 'agent.invalid', port: 3457 }, { onDropped: () => dropped++ });
  t.onTestFinished(() => metron.close());
  metron.send(Buffer.from('lost'));
  while (metron.listens) await delay(10);
  assert.equal(dropped, 1);
  while (!metron.listens) await delay(20);
});
