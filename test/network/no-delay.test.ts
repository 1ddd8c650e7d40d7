import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test, vi } from 'vitest';
import { ONE_MESSAGE } from '../../src/boundary/owner.ts';
import { sendAtOnce } from '../../src/network/no-delay.ts';

async function listening(t: TestContext): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return server;
}

async function acceptedBy(t: TestContext, server: Server): Promise<Socket> {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  t.onTestFinished(() => {
    client.destroy();
    socket.destroy();
  });
  return socket;
}

test('this Node tells the listening socket, so that no accepted one has to be told', async (t) => {
  const server = await listening(t);
  sendAtOnce(server, ONE_MESSAGE);
  assert.equal(server.listenerCount('connection'), 0);
});

test('where there is no way to it each accepted socket is told', async (t) => {
  const server = await listening(t);
  const handle = Reflect.get(server, '_handle');
  Reflect.set(server, '_handle', {});
  sendAtOnce(server, ONE_MESSAGE);
  Reflect.set(server, '_handle', handle);
  let told = 0;
  server.prependListener('connection', (socket: Socket) => {
    vi.spyOn(socket, 'setNoDelay').mockImplementation((on) => {
      if (on) told++;
      return socket;
    });
  });
  await acceptedBy(t, server);
  assert.equal(told, 1);
});
