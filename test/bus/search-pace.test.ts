import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, type TestContext, test } from 'vitest';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { parseConfig } from '../../src/config/read.ts';
import { BusPart } from '../../src/runtime/parts/bus.ts';
import { LogLines } from '../support/registry-fixture.ts';
import { ScriptedNats } from '../support/scripted-nats.ts';

/** Of the shortest pause between two attempts: a busy machine makes some of them longer. */
const MOST_MS = 2000;
const ATTEMPTS = 4;

/** A bus that takes connections and drops them; resolves with the shortest pause between two, once there were some. */
async function shortestPause(t: TestContext, port: number, begun: () => unknown): Promise<number> {
  const attempts: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const server: Server = createServer((socket) => {
    attempts.push(performance.now());
    socket.on('error', () => {});
    socket.destroy();
    if (attempts.length === ATTEMPTS) resolve();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  await begun();
  await promise;
  return Math.min(...attempts.slice(1).map((at, place) => at - attempts[place]!));
}

describe('2.2.4 the bus is looked for at most two seconds apart', { concurrent: true }, () => {
  test('where it was lost', async (t) => {
    const scripted = await ScriptedNats.start();
    const { port } = scripted;
    const bus = await connectBus({
      servers: [{ hostname: '127.0.0.1', port }],
      user: '',
      pass: '',
      pingInterval: 20_000,
      attempts: 1,
      attemptInterval: 1,
      log: new LogLines(),
      onClosed: () => assert.fail('closed for good'),
    });
    t.onTestFinished(() => bus.close());
    await scripted.close();
    const pause = await shortestPause(t, port, () => {});
    assert.ok(pause <= MOST_MS, String(pause));
  });

  test('where a router serves what it knew and has not found it yet', async (t) => {
    const read = parseConfig('{}', 'test.yml');
    assert.ok(read.ok);
    const placeholder = createServer().listen(0, '127.0.0.1');
    await once(placeholder, 'listening');
    const { port } = placeholder.address() as AddressInfo;
    await new Promise((resolve) => placeholder.close(resolve));
    const part = new BusPart({
      config: read.config,
      servers: () => [{ hostname: '127.0.0.1', port }],
      former: { isThere: true, takeOver: async () => true },
      onClosed: () => assert.fail('closed for good'),
      log: new LogLines(),
    });
    t.onTestFinished(() => part.stop());
    const pause = await shortestPause(t, port, () => part.start());
    assert.ok(pause <= MOST_MS, String(pause));
  });
});
