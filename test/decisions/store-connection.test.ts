import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { StoreConnection } from '../../src/decisions/store-connection.ts';
import { AwaitedLog } from '../support/awaited-log.ts';
import { freePort } from '../support/free-port.ts';
import { busOptions } from '../support/route-bus.ts';

describe('a connection for decisions alone', { concurrent: true }, () => {
  test('is looked for until it is there, and its absence is said once', async (t) => {
    const log = new AwaitedLog();
    const port = await freePort();
    const connection = new StoreConnection(busOptions([port]), log);
    t.onTestFinished(() => connection.close());
    await connection.open();
    assert.equal(connection.client, null);
    const connected = log.line('Successfully-connected-to-nats');
    const bus = await EmbeddedBus.listen({ port });
    t.onTestFinished(() => bus.close());
    await connected;
    assert.equal(connection.client!.state, 'connected');
    assert.equal(log.count('decisions-nats-away'), 1);
  });

  test('is made anew when it was given up, and not after its end', async (t) => {
    const log = new AwaitedLog();
    const bus = await EmbeddedBus.listen({ port: 0 });
    t.onTestFinished(() => bus.close());
    const connection = new StoreConnection(busOptions([bus.port]), log);
    await connection.open();
    const first = connection.client;
    assert.ok(first !== null);
    const again = log.line('Successfully-connected-to-nats', 2);
    await first.connection.close();
    await again;
    const second = connection.client;
    assert.ok(second !== null);
    assert.notEqual(second, first);
    await connection.close();
    await connection.close();
    assert.equal(second.state, 'closed');
    await connection.open();
    assert.equal(log.count('Successfully-connected-to-nats'), 2);
  });

  test('comes to an end although a server that was dialled says nothing', async (t) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    const connection = new StoreConnection(busOptions([port]), new AwaitedLog());
    const opening = connection.open();
    const [socket] = (await once(silent, 'connection')) as [Socket];
    await connection.close();
    await opening;
    assert.equal(connection.client, null);
    socket.destroy();
  });
});
