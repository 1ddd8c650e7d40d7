import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { Backend, type BackendConnection, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, type RawClient, statusOf } from '../support/raw-http.ts';

const MOST = 4;

/** As many requests for `host` at the same time as there may be clients. */
async function burst(t: TestContext, engine: HttpEngine, host: string): Promise<Backend> {
  const asked: BackendConnection[] = [];
  const app = await Backend.start(t, (_, connection) => {
    asked.push(connection);
    // None is free for the next before all have been asked.
    if (asked.length === MOST) for (const { socket } of asked) socket.write(ok());
    return undefined;
  });
  engine.route(host, app.port);
  const clients = await Promise.all(Array.from({ length: MOST }, () => engine.connect()));
  for (const client of clients) client.send(get(host));
  for (const client of clients) assert.equal(statusOf(await client.response()), 200);
  for (const client of clients) client.close();
  await engine.until(() => engine.proxy.downstreams.size === 0);
  return app;
}

test('X06 connections kept for backends give way to others: never more than there may be clients', async (t) => {
  const engine = await HttpEngine.start(t, { maxConnections: MOST });
  const first = await burst(t, engine, 'first.test');
  assert.deepEqual([first.openConnections, engine.upstreams], [MOST, MOST]);
  await burst(t, engine, 'second.test');
  await first.until(() => first.openConnections === 0);
  assert.equal(engine.upstreams, MOST);
  await engine.isEmpty();
});

test('without a limit of clients, connections kept for backends do not give way', async (t) => {
  const engine = await HttpEngine.start(t, { maxConnections: 0 });
  const first = await burst(t, engine, 'first.test');
  await burst(t, engine, 'second.test');
  assert.deepEqual([first.openConnections, engine.upstreams], [MOST, 2 * MOST]);
  await engine.isEmpty();
});

test('X06 an idle client that makes room for another is let go at once, though it holds on itself', async (t) => {
  const engine = await HttpEngine.start(t, { maxConnections: MOST });
  const silent: RawClient[] = [];
  for (let count = 1; count <= 3 * MOST; count++) {
    silent.push(await engine.connect());
    await engine.until(() => engine.sockets.length === count);
    assert.ok(engine.proxy.downstreams.size <= MOST + 1, `${engine.proxy.downstreams.size} at once`);
  }
  for (const client of silent) client.close();
  await engine.isEmpty();
});
