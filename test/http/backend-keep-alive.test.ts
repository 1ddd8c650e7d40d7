import assert from 'node:assert/strict';
import { describe, type TestContext, test, vi } from 'vitest';
import { Deadlines } from '../../src/http/deadlines.ts';
import { ABSENT } from '../../src/http/message/request.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, statusOf } from '../support/raw-http.ts';

const OWN_IDLE_MS = 90_000;

/** An application that says this of its idle connections, and as many requests to it, one after the other. */
async function served(t: TestContext, keepAlive: string, requests: number) {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, () => ok('ok', keepAlive === '' ? '' : `Keep-Alive: ${keepAlive}\r\n`));
  engine.route('app.test', app.port);
  const client = await engine.connect();
  for (let i = 0; i < requests; i++) {
    assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
  }
  return { engine, app, client };
}

describe('§2.10 a connection to an endpoint that says how long it keeps it', () => {
  for (const keepAlive of ['timeout=1', 'max=100, Timeout="1"', 'timeout = 1;max=5']) {
    test(`is closed by the router before: ${keepAlive}`, async (t) => {
      const { engine, app, client } = await served(t, keepAlive, 3);
      assert.equal(app.connections.length, 1);
      const answeredAt = performance.now();
      const { socket } = app.connections[0]!;
      await app.until(() => socket.destroyed || socket.readableEnded);
      assert.ok(performance.now() - answeredAt < 1000);
      assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
      assert.equal(app.connections.length, 2);
      client.close();
      await engine.isEmpty();
    });
  }

  test('is not kept at all when it is not kept there', async (t) => {
    const { engine, app, client } = await served(t, 'timeout=0', 2);
    assert.equal(app.connections.length, 2);
    client.close();
    await engine.isEmpty();
  });

  test('is not used when its time is over, also where the router had no time to close it', async (t) => {
    const { engine, app, client } = await served(t, 'timeout=1', 1);
    vi.spyOn(engine.proxy.context.deadlines, 'expireDue').mockImplementation(() => false);
    const end = performance.now() + 600;
    while (performance.now() < end);
    assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    assert.equal(app.connections.length, 2);
    const { socket } = app.connections[0]!;
    await app.until(() => socket.destroyed || socket.readableEnded);
    client.close();
    await engine.isEmpty();
  });

  for (const keepAlive of ['', 'max=5', 'timeout=', 'timeout=soon', 'timeout=1.5', 'xtimeout=1', '300']) {
    test(`is kept as ever where it says nothing that is understood: "${keepAlive}"`, async (t) => {
      const { engine, app, client } = await served(t, keepAlive, 2);
      assert.equal(app.connections.length, 1);
      assert.ok(engine.proxy.context.deadlines.upstreamIdle.expireFirst());
      client.close();
      await engine.isEmpty();
    });
  }

  test('waits for less than the endpoint does, and never for longer than others', async (t) => {
    const engine = await HttpEngine.start(t);
    const deadlines = new Deadlines(engine.proxy.context.settings);
    for (let seconds = 1; seconds <= 200; seconds++) {
      const { duration } = deadlines.idleUpstream(seconds * 1000)!;
      assert.ok(
        duration <= OWN_IDLE_MS && duration < seconds * 1000 - Math.min(900, seconds * 450),
        `${seconds}`,
      );
      assert.ok(duration >= Math.min(OWN_IDLE_MS, (seconds - 1) * 900), `${seconds}`);
    }
    assert.equal(deadlines.idleUpstream(ABSENT)!.duration, OWN_IDLE_MS);
    assert.equal(deadlines.idleUpstream(0), null);
  });
});
