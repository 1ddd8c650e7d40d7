import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get } from '../support/raw-http.ts';

const BEGUN = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n';

test('L15 an event stream whose client has closed is cut within a second, though the backend says nothing', async (t) => {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, () => BEGUN);
  engine.route('app.test', app.port);
  const client = await engine.connect();
  await client.send(get('app.test')).until('event');
  client.close();
  const endedAt = performance.now();
  const [connection] = app.connections;
  await app.until(() => connection!.socket.destroyed);
  const waited = performance.now() - endedAt;
  assert.ok(waited < 3000, `${waited} ms`);
  await engine.isEmpty();
  assert.equal(engine.failed, 0);
});

test('a client that has ended its side alone is asked once whether it is there, which changes no byte of the body', async (t) => {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, () => BEGUN);
  engine.route('app.test', app.port);
  for (const [rest, body] of [
    ['6\r\nevents\r\n0\r\n\r\n', 'eventevents'],
    ['0\r\n\r\n', 'event'],
  ] as const) {
    const client = await engine.connect();
    await client.send(get('app.test')).until('event');
    client.socket.end();
    await client.until('\r\n0');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assert.ok(client.received.endsWith('event\r\n0'), 'asked again');
    app.connections.at(-1)!.socket.write(rest);
    assert.equal((await client.response()).body, body);
  }
  await engine.isEmpty();
});

test('a response that breaks off behind the question does not look whole', async (t) => {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, () => BEGUN);
  engine.route('app.test', app.port);
  const client = await engine.connect();
  await client.send(get('app.test')).until('event');
  client.socket.end();
  await client.until('\r\n0');
  app.connections[0]!.socket.destroy();
  assert.equal(await client.closed, 'reset');
  await engine.isEmpty();
});

test('a half-closed client that has yet to take what was sent is not taken for gone', async (t) => {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, () => undefined);
  engine.route('app.test', app.port);
  const client = await engine.connect();
  client.socket.pause();
  client.socket.end(get('app.test'));
  await app.until(() => app.connections.some(({ received }) => received.includes('\r\n\r\n')));
  const { socket } = app.connections[0]!;
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
  await engine.fill((bytes) => socket.write(bytes));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(engine.proxy.downstreams.size, 1);
  client.close();
  await engine.isEmpty();
});
