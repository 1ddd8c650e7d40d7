import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseConfig } from '../../../src/config/read.ts';
import { BusPart } from '../../../src/runtime/parts/bus.ts';
import { findNatsServer, startNatsServer } from '../../support/nats-server.ts';
import { LogLines } from '../../support/registry-fixture.ts';

const NEEDS_NATS = { skip: findNatsServer() === undefined && 'nats-server is not installed' };

test('a bus that is lost while the tables are restored is not said to be there', NEEDS_NATS, async (t) => {
  const server = await startNatsServer();
  t.after(() => server.close());
  const read = parseConfig('{}', 'test.yml');
  assert.ok(read.ok);
  const log = new LogLines();
  const takeOver = async () => {
    await server.close();
    while (!log.messages.includes('nats-connection-disconnected')) await nextTurn();
    return true;
  };
  const bus = new BusPart({
    config: read.config,
    servers: () => [{ hostname: '127.0.0.1', port: server.port }],
    former: { isThere: true, takeOver },
    onClosed: () => {},
    log,
  });
  t.after(() => bus.stop());
  const told: boolean[] = [];
  bus.onChange((connected) => told.push(connected));
  await bus.start();
  assert.deepEqual(told, [false]);
});
