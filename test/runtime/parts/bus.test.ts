import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'vitest';
import { EmbeddedBus } from '../../../src/bus/embedded/server.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { BusPart } from '../../../src/runtime/parts/bus.ts';
import { LogLines } from '../../support/registry-fixture.ts';

test('a bus that was found while the tables were taken over is closed where the router has stopped by then', async (t) => {
  const bus = await EmbeddedBus.listen({ host: '127.0.0.1', port: 0 });
  t.onTestFinished(() => bus.close());
  const clients: Socket[] = [];
  // Between them, so that it is seen when the client goes.
  const between = createServer((socket) => {
    clients.push(socket);
    socket.on('error', () => {});
    const onward = connect(bus.port, '127.0.0.1').on('error', () => {});
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(between, 'listening');
  t.onTestFinished(() => void between.close());
  const { port } = between.address() as AddressInfo;
  const read = parseConfig(
    JSON.stringify({ nats: { hosts: [{ hostname: '127.0.0.1', port }] } }),
    'test.yml',
  );
  assert.ok(read.ok);
  const [begun, goOn] = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
  const part = new BusPart({
    config: read.config,
    servers: () => [{ hostname: '127.0.0.1', port }],
    former: {
      isThere: true,
      takeOver: (connected) => {
        begun.resolve(connected);
        return goOn.promise;
      },
    },
    onClosed: () => assert.fail('it was closed by the router itself'),
    log: new LogLines(),
  });
  const told: boolean[] = [];
  part.onChange((connected) => told.push(connected));
  const started = part.start();
  assert.equal(await begun.promise, true);
  await part.stop();
  goOn.resolve(true);
  await started;
  const [client] = clients;
  if (!client!.destroyed) await once(client!, 'close');
  assert.deepEqual([part.client, told, clients.length], [null, [], 1]);
});
