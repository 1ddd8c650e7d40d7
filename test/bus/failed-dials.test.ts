import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'vitest';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { busOptions } from '../support/route-bus.ts';

test('an attempt on a server that takes the connection and says nothing leaves no socket behind', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.onTestFinished(() => void silent.close());
  const closed: Promise<unknown>[] = [];
  silent.on('connection', (socket: Socket) => {
    closed.push(once(socket, 'close'));
    socket.resume();
  });
  const { port } = silent.address() as { port: number };
  const attempt = connectBus(busOptions([port], { attempts: 2, attemptInterval: 0 }));
  await assert.rejects(attempt, /after 2 attempts: timeout/);
  assert.equal(closed.length, 2);
  await Promise.all(closed);
});
