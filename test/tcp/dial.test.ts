import assert from 'node:assert/strict';
import { connect as connectTls } from 'node:tls';
import { type TestContext, test } from 'vitest';
import { Names } from '../../src/network/names.ts';
import { Dial, type DialPlan } from '../../src/tcp/connection/dial.ts';
import { freePort } from '../support/free-port.ts';
import { TcpServer } from '../support/tcp-echo.ts';

/** What became of a dial, in order. */
function dial(t: TestContext, port: number, more: Partial<DialPlan> = {}) {
  const told: string[] = [];
  const over = Promise.withResolvers<void>();
  const buffer = Buffer.alloc(1024);
  const tell = (what: string) => {
    told.push(what);
    if (what !== 'connected') over.resolve();
  };
  const made = new Dial({
    owner: { kind: 'connection', panic: (error) => tell(`panic: ${(error as Error).message}`) },
    to: { host: '127.0.0.1', port },
    names: new Names(),
    reads: { buffer: () => buffer, onRead: () => true },
    secure: null,
    overdue: 'ETIMEDOUT',
    onConnected: () => tell('connected'),
    onMade: () => tell('made'),
    onFailed: (cause) => tell(cause),
    ...more,
  });
  t.onTestFinished(() => void made.socket.destroy());
  return { dial: made, told, over: over.promise };
}

test('a connection is made once TCP is connected', async (t) => {
  const server = await TcpServer.start(t);
  const { told, over } = dial(t, server.port);
  await over;
  assert.deepEqual(told, ['connected', 'made']);
});

test('one that cannot be made fails once, with the cause of its first error', async (t) => {
  const { dial: failed, told, over } = dial(t, await freePort());
  await over;
  failed.giveUp('late');
  await new Promise(setImmediate);
  assert.deepEqual(told, ['ECONNREFUSED']);
});

test('one whose time is up fails with that, in its TLS handshake too', async (t) => {
  const server = await TcpServer.start(t, () => {});
  const secure = (socket: Parameters<NonNullable<DialPlan['secure']>>[0]) => connectTls({ socket });
  const { dial: slow, told, over } = dial(t, server.port, { secure });
  while (server.sockets.size === 0 || slow.socket === slow.raw) await new Promise(setImmediate);
  slow.deadline.expire();
  await over;
  assert.deepEqual(told, ['connected', 'ETIMEDOUT']);
  assert.ok(slow.raw.destroyed && slow.socket.destroyed);
});

test('one that is given up when it is connected is not made', async (t) => {
  const server = await TcpServer.start(t);
  const { told, over, dial: unwanted } = dial(t, server.port, { onConnected: () => unwanted.giveUp('left') });
  await over;
  await new Promise(setImmediate);
  assert.deepEqual(told, ['left']);
});

test('a throw while it is read from gives its owner up', async (t) => {
  const server = await TcpServer.start(t, (socket) => socket.write('hello'));
  const told = Promise.withResolvers<string>();
  const thrown = () => {
    throw new Error('a fault');
  };
  const owner = { kind: 'connection' as const, panic: (error: unknown) => told.resolve(String(error)) };
  dial(t, server.port, { owner, reads: { buffer: () => Buffer.alloc(16), onRead: thrown } });
  assert.equal(await told.promise, 'Error: a fault');
});

test('one that is given up waits for its name no more', async (t) => {
  let left = 0;
  const names = { ask: () => () => void left++ };
  const { dial: slow, told, over } = dial(t, 80, { to: { host: 'slow.test', port: 80 }, names });
  slow.giveUp('overdue');
  await over;
  assert.deepEqual(told, ['overdue']);
  assert.equal(left, 1);
});
