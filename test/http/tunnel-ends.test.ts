import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, type TestContext, test, vi } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { Tunnel } from '../../src/http/tunnel.ts';
import { Backend } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, type RawClient, statusOf } from '../support/raw-http.ts';

const ASK = get('app.test', '/', ['Connection: Upgrade', 'Upgrade: websocket']);
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const SHORT = 150;

/** An open tunnel, which a side may leave half-closed for a short time only. */
async function tunnel(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, settings);
  engine.proxy.context.deadlines.halfClosedTunnel.duration = SHORT;
  const app = await Backend.start(t, () => undefined);
  engine.route('app.test', app.port);
  const client = await engine.connect();
  t.onTestFinished(() => client.close());
  client.send(ASK);
  await app.until(() => app.requests.length === 1);
  const { socket } = app.connections[0]!;
  socket.allowHalfOpen = true;
  socket.write(SWITCH);
  assert.equal(statusOf(await client.response()), 101);
  /** That nothing is left of it but one line in the log. */
  const isOver = async () => {
    await engine.isEmpty();
    assert.equal(engine.accessLog.length, 1);
    assert.match(engine.accessLog[0]!, /"GET \/ HTTP\/1.1" 101 /);
  };
  return { engine, app, client, socket, isOver };
}

/** Whoever has heard the other's end hears of a reset only when it writes. */
async function isReset(socket: Socket): Promise<void> {
  while (!socket.destroyed) {
    socket.write('x');
    await delay(5);
  }
  const { code } = socket.errored as NodeJS.ErrnoException;
  assert.match(code!, /^(ECONNRESET|EPIPE)$/);
}

describe('§3.11 a tunnel that one side has left does not stay for ever:', () => {
  test('the client has closed, and the application never does', async (t) => {
    const { client, socket, isOver } = await tunnel(t);
    client.close();
    await isOver();
    await isReset(socket);
  });

  test('the client has ended its side, and the application never says anything', async (t) => {
    const { client, socket, isOver } = await tunnel(t);
    client.socket.end();
    assert.equal(await client.closed, 'reset');
    await isOver();
    await isReset(socket);
  });

  test('the application has ended its side, and the client never says anything', async (t) => {
    const { client, socket, isOver } = await tunnel(t);
    socket.end();
    assert.equal(await client.closed, 'end');
    await isOver();
    await isReset(client.socket);
  });

  for (const side of ['client', 'application'] as const) {
    test(`but as long as the other goes on: the ${side}`, async (t) => {
      const { client, socket, app, isOver } = await tunnel(t);
      if (side === 'client') socket.end();
      else client.socket.end();
      for (let i = 0; i < 10; i++) {
        await delay(SHORT / 3);
        if (side === 'client') client.send('x');
        else socket.write('x');
      }
      if (side === 'client') await app.until(() => app.received.endsWith('x'.repeat(10)));
      else await client.until('x'.repeat(10));
      client.socket.end();
      socket.end();
      await isOver();
    });
  }

  test('but as long as a slow client has not read what the application has said', async (t) => {
    const { engine, client, socket, isOver } = await tunnel(t);
    client.socket.pause();
    client.socket.end();
    await once(socket, 'end');
    const length = await engine.fill((bytes) => socket.write(bytes));
    await delay(3 * SHORT);
    client.socket.resume();
    await engine.until(() => client.received.length === length);
    socket.end();
    await isOver();
  });

  test('a drain is not held up by it', async (t) => {
    const { engine, client, isOver } = await tunnel(t);
    engine.proxy.phase = 'draining';
    client.close();
    await isOver();
  });

  test('nor by what is left of it after tunnel_idle_timeout, whatever the application does', async (t) => {
    const { engine, client, isOver } = await tunnel(t, { tunnelIdleTimeout: SHORT, stalledWriteTimeout: 0 });
    engine.proxy.context.deadlines.halfClosedTunnel.duration = 0;
    client.close();
    await isOver();
  });
});

describe('§3.11 what an application answers to a WebSocket without switching', () => {
  for (const [what, request] of [
    ['has no limit of time', ASK],
    ['has one where it was not asked for a WebSocket', ASK.replace('websocket', 'echo')],
  ] as const) {
    test(what, async (t) => {
      const engine = await HttpEngine.start(t, { endpointTimeout: SHORT });
      const app = await Backend.start(
        t,
        () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n',
      );
      engine.route('app.test', app.port);
      const client = await engine.connect();
      t.onTestFinished(() => client.close());
      await client.send(request).until('first');
      await delay(3 * SHORT);
      if (request !== ASK) {
        await client.closed;
        return;
      }
      app.connections[0]!.socket.write('4\r\nlast\r\n0\r\n\r\n');
      const { body } = await client.response();
      assert.equal(body, 'firstlast');
    });
  }

  test('is waited for no longer than any other, until it begins', async (t) => {
    const engine = await HttpEngine.start(t, { endpointTimeout: SHORT });
    const app = await Backend.start(t, () => undefined);
    engine.route('app.test', app.port);
    const client = await engine.connect();
    assert.equal(statusOf(await client.send(ASK).response()), 502);
    client.close();
  });
});

describe('a fault of our own in a tunnel is told once, and resets both sides:', () => {
  const steps: Record<string, (client: RawClient, socket: Socket) => void> = {
    fromClient: (client) => void client.send('x'),
    fromBackend: (_, socket) => void socket.write('x'),
    ended: (client) => void client.socket.end(),
    closed: (client) => void client.socket.resetAndDestroy(),
    full: (client, socket) => {
      client.socket.pause();
      for (let i = 0; i < 200; i++) socket.write(Buffer.alloc(64 * 1024));
    },
  };
  for (const [step, go] of Object.entries(steps)) {
    test(step, async (t) => {
      const { engine, client, socket, isOver } = await tunnel(t);
      vi.spyOn(Tunnel.prototype, step as 'ended').mockImplementation(() => {
        throw new Error('a fault');
      });
      go(client, socket);
      await engine.until(() => engine.panics > 0);
      client.socket.resume();
      if (step !== 'closed') assert.equal(await client.closed, 'reset');
      await isOver();
      await isReset(socket);
      assert.equal(engine.panics, 1);
    });
  }
});
