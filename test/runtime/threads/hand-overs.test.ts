import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { type TestContext, test } from 'vitest';
import { ConnectionLoads } from '../../../src/runtime/threads/connection-loads.ts';
import { HandOvers } from '../../../src/runtime/threads/hand-overs.ts';

const PORT = 2000;

/** Two threads as one, of which the first is busy; `open` are those that have the port open. */
async function fixture(t: TestContext, open: readonly number[]) {
  const memory = ConnectionLoads.allocate(2);
  new Int32Array(memory)[0] = 5;
  const loads = new ConnectionLoads(memory);
  const served: number[] = [];
  const threads = [0, 1].map(
    (thread) =>
      new HandOvers(thread, loads, (socket) => {
        if (!open.includes(thread)) return false;
        served.push(thread);
        socket.on('error', () => {});
        socket.pipe(socket);
        return true;
      }),
  );
  const { port1, port2 } = new MessageChannel();
  threads[0]!.addPeer(1, port1);
  threads[1]!.addPeer(0, port2);
  port1.ref();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  t.onTestFinished(() => {
    port1.close();
    server.close();
    client.destroy();
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  threads[0]!.place(socket, PORT);
  return { served, client, loads, threads, server, port: (server.address() as AddressInfo).port };
}

test('a busy thread hands a connection over, and the other one counts it as long as it is open', async (t) => {
  const { served, client, loads } = await fixture(t, [0, 1]);
  client.end('hello');
  const [heard] = await once(client, 'data');
  assert.deepEqual([String(heard), served, loads.counts()], ['hello', [1], [5, 1]]);
  await once(client, 'close');
  while (loads.counts()[1] !== 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a connection for a port that the other thread has not open comes back, and is served', async (t) => {
  const { served, client, loads } = await fixture(t, [0]);
  client.write('hello');
  const [heard] = await once(client, 'data');
  assert.deepEqual([String(heard), served, loads.counts()], ['hello', [0], [6, 0]]);
});

test('a connection for a port that no thread has open any more is reset', async (t) => {
  const { served, client, loads } = await fixture(t, []);
  const [error] = await once(client, 'error');
  assert.deepEqual([error.code, served, loads.counts()], ['ECONNRESET', [], [5, 0]]);
});

test('a thread that leaves is given no more, gives what it accepts, and knows when nothing more can come', async (t) => {
  const { served, client, loads, threads, server, port } = await fixture(t, [0, 1]);
  client.on('error', () => {});
  const [first, second] = threads as [HandOvers, HandOvers];
  assert.deepEqual([first.isAlone, second.isAlone], [false, false]);
  loads.retire(1);
  first.removePeer(1);
  // What was on its way before is served there.
  client.write('hello');
  await once(client, 'data');
  assert.deepEqual(served, [1]);
  while (!second.isAlone) await new Promise((resolve) => setImmediate(resolve));

  const other = connect({ port, host: '127.0.0.1' });
  t.onTestFinished(() => void other.destroy());
  const [accepted] = (await once(server, 'connection')) as [Socket];
  second.place(accepted, PORT);
  other.write('hello');
  await once(other, 'data');
  assert.deepEqual([served, loads.count(0)], [[1, 0], 6]);
});

test('a connection that was reset before it was accepted is served by nobody, and counted nowhere', async (t) => {
  const loads = new ConnectionLoads(ConnectionLoads.allocate(2));
  const served: Socket[] = [];
  const handOvers = new HandOvers(0, loads, (socket) => served.push(socket) > 0);
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  t.onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = `const s = net.connect(${port}, '127.0.0.1', () => s.resetAndDestroy())`;
  // Nothing is accepted meanwhile.
  assert.equal(spawnSync(process.execPath, ['-e', client]).status, 0);
  const [socket] = (await once(server, 'connection')) as [Socket];
  handOvers.place(socket, PORT);
  await once(socket, 'close');
  assert.deepEqual([served, loads.counts(), handOvers.placed], [[], [0, 0], 1]);
});
