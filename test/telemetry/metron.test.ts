import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Metron } from '../../src/telemetry/metron.ts';
import { RequestEnvelopes } from '../../src/telemetry/request-envelopes.ts';
import { ENVELOPE, readMessage } from '../support/envelope-reader.ts';

async function agent(t: TestContext, port = 0) {
  const socket = createSocket('udp4');
  const received: Buffer[] = [];
  socket.on('message', (bytes) => received.push(bytes));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
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
  const metron = new Metron({ host: 'localhost', port }, () => assert.fail('nothing is dropped'));
  t.after(() => metron.close());
  metron.send(Buffer.from('early'));
  await once(socket, 'message');
  assert.deepEqual(received.map(String), ['early']);
});

test('§6.5 while nobody listens envelopes are not even made, and counted as dropped; who comes later is told', async (t) => {
  const port = await silentPort();
  let dropped = 0;
  const metron = new Metron({ host: '127.0.0.1', port }, () => dropped++);
  t.after(() => metron.close());
  const envelopes = new RequestEnvelopes(metron, () => dropped++);
  while (metron.listens) {
    envelopes.lookedUp(1);
    await delay(1);
  }
  const before = dropped;
  envelopes.answered('', 1, 1);
  envelopes.startStop(null);
  assert.equal(dropped, before + 2);
  const { socket, received } = await agent(t, port);
  while (!metron.listens) await delay(20);
  envelopes.lookedUp(1234);
  await once(socket, 'message');
  assert.deepEqual(readMessage(received[0]!, ENVELOPE)[9], [
    { 1: ['route_lookup_time'], 2: [1234], 3: ['ns'] },
  ]);
});

test('an agent whose name nobody knows is no error, and tried again', async (t) => {
  let dropped = 0;
  const metron = new Metron({ host: 'agent.invalid', port: 3457 }, () => dropped++);
  t.after(() => metron.close());
  metron.send(Buffer.from('lost'));
  while (metron.listens) await delay(10);
  assert.equal(dropped, 1);
  while (!metron.listens) await delay(20);
});

test('a burst beyond what may wait is dropped and counted, the rest is sent in order', async (t) => {
  const { socket, received, port } = await agent(t);
  socket.setRecvBufferSize(8 * 1024 * 1024);
  let dropped = 0;
  const metron = new Metron({ host: '127.0.0.1', port }, () => dropped++);
  t.after(() => metron.close());
  const envelopes = new RequestEnvelopes(metron, () => dropped++);
  for (let i = 0; i < 10_000; i++) envelopes.lookedUp(i);
  assert.equal(dropped, 10_000 - 8192);
  await once(socket, 'message');
  const first = readMessage(received[0]!, ENVELOPE)[9]![0] as Record<number, unknown[]>;
  assert.deepEqual(first[2], [0]);
});
