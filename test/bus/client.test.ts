import assert from 'node:assert/strict';
import type { NatsConnection } from '@nats-io/transport-node';
import { describe, type TestContext, test } from 'vitest';
import { BusClient } from '../../src/bus/client.ts';
import { type BusOptions, BusUnreachable, connectBus } from '../../src/bus/connect-bus.ts';
import { AwaitedLog } from '../support/awaited-log.ts';
import { freePort } from '../support/free-port.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { LogLines } from '../support/registry-fixture.ts';
import { ScriptedNats } from '../support/scripted-nats.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

function busOptions(log: LogLines, ports: readonly number[], more: Partial<BusOptions> = {}): BusOptions {
  return {
    servers: ports.map((port) => ({ hostname: '127.0.0.1', port })),
    user: '',
    pass: '',
    pingInterval: 20_000,
    attempts: 3,
    attemptInterval: 10,
    log,
    onClosed: () => assert.fail('closed for good'),
    ...more,
  };
}

async function connected(t: TestContext, ports: readonly number[], more: Partial<BusOptions> = {}) {
  const log = new AwaitedLog();
  const bus = await connectBus(busOptions(log, ports, more));
  t.onTestFinished(() => bus.close());
  return { bus, log };
}

async function scripted(t: TestContext): Promise<ScriptedNats> {
  const server = await ScriptedNats.start();
  t.onTestFinished(() => server.close());
  return server;
}

describe('the bus client', { concurrent: true }, () => {
  test('§1.2 messages arrive in order with subject, payload and reply subject', skipFor(skip), async (t) => {
    const server = await startNatsServer({ user: 'nats', pass: 'se cret' });
    t.onTestFinished(() => server.close());
    const { bus, log } = await connected(t, [server.port], { user: 'nats', pass: 'se cret' });
    const received: string[] = [];
    bus.subscribe('router.*', (subject, payload, reply) => {
      received.push(`${subject} ${Buffer.from(payload)} ${reply}`);
    });
    for (let i = 0; i < 3; i++) bus.publish(`router.n${i}`, Buffer.from(`payload ${i}`));
    await bus.flush();
    await bus.flush();
    assert.deepEqual(received, ['router.n0 payload 0 ', 'router.n1 payload 1 ', 'router.n2 payload 2 ']);
    assert.deepEqual(log.lines, [
      {
        level: 'info',
        message: 'Successfully-connected-to-nats',
        data: { host: '127.0.0.1', addr: `127.0.0.1:${server.port}` },
      },
    ]);
    assert.equal(bus.state, 'connected');
  });

  test('a handler that throws loses its message and no other', skipFor(skip), async (t) => {
    const server = await startNatsServer();
    t.onTestFinished(() => server.close());
    const { bus, log } = await connected(t, [server.port]);
    const received: number[] = [];
    bus.subscribe('x', (_subject, payload) => {
      if (payload.length === 1) throw new Error('handler broke');
      received.push(payload.length);
    });
    for (let length = 0; length < 3; length++) bus.publish('x', new Uint8Array(length));
    await bus.flush();
    await bus.flush();
    assert.deepEqual(received, [0, 2]);
    assert.equal(bus.droppedMessages, 1);
    assert.deepEqual(log.lines.at(-1)!.data, { subject: 'x', error: 'Error: handler broke' });
  });

  test('§1.1 the connection survives a restart of the server, and says so once', skipFor(skip), async (t) => {
    const first = await startNatsServer();
    const { bus, log } = await connected(t, [first.port], { pingInterval: 300 });
    let reconnections = 0;
    bus.onReconnect(() => reconnections++);
    const received: string[] = [];
    bus.subscribe('x', (_subject, payload) => received.push(Buffer.from(payload).toString()));
    await first.close();
    await log.line('nats-connection-disconnected');
    assert.equal(bus.state, 'disconnected');
    bus.publish('x', Buffer.from('nobody hears this'));
    await log.line('nats-connection-still-disconnected');
    const second = await startNatsServer({ port: first.port });
    t.onTestFinished(() => second.close());
    await log.line('nats-connection-reconnected');
    assert.equal(bus.state, 'connected');
    assert.equal(reconnections, 1);
    bus.publish('x', Buffer.from('back'));
    await bus.flush();
    await bus.flush();
    assert.equal(received.at(-1), 'back');
    const reminders = log.count('nats-connection-still-disconnected');
    assert.ok(reminders >= 1 && reminders < 15);
  });

  test('a cluster that refuses the login for a while is one disconnection and one reconnection', async (t) => {
    const [one, other] = [await scripted(t), await scripted(t)];
    const { bus, log } = await connected(t, [one.port, other.port]);
    let reconnections = 0;
    bus.onReconnect(() => reconnections++);
    const [current, spare] = one.accepted > 0 ? [one, other] : [other, one];
    spare.loginsToRefuse = 1;
    current.loginsToRefuse = 1;
    current.drop();
    await log.line('nats-connection-reconnected');
    await bus.flush();
    // Which server is asked first, and which again, is up to the client.
    assert.ok(spare.loginsToRefuse + current.loginsToRefuse < 2);
    assert.equal(log.count('nats-connection-disconnected'), 1);
    assert.equal(log.count('nats-connection-reconnected'), 1);
    assert.equal(reconnections, 1);
  });

  test('§1.1 a server that is down at first is used when it is needed later', async (t) => {
    const up = await scripted(t);
    const port = await freePort();
    const log = new AwaitedLog();
    // Servers are dialled in random order: only a client that began with the dead one proves anything.
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => connectBus(busOptions(log, [up.port, port]))),
    );
    t.onTestFinished(async () => {
      await Promise.all(clients.map((client) => client.close()));
    });
    const late = await ScriptedNats.start(port);
    t.onTestFinished(() => late.close());
    const everyoneIsBack = Promise.all(
      clients.map((client) => new Promise<void>((resolve) => client.onReconnect(resolve))),
    );
    await up.close();
    await everyoneIsBack;
  });

  test('a complaint about slowness is counted', async (t) => {
    const server = await scripted(t);
    const { bus, log } = await connected(t, [server.port]);
    server.say("-ERR 'Slow Consumer'\r\n");
    await log.line('nats-error');
    assert.equal(bus.slowConsumerErrors, 1);
  });

  test('a refused subscription is logged', async (t) => {
    const server = await scripted(t);
    const { bus, log } = await connected(t, [server.port]);
    server.subscribeError = 'Permissions Violation for Subscription to "router.*"';
    bus.subscribe('router.*', () => {});
    await log.line('nats-subscription-refused');
    assert.equal(bus.state, 'connected');
  });

  test('no server at start is one sentence after the last attempt', async () => {
    const port = await freePort();
    await assert.rejects(connectBus(busOptions(new LogLines(), [port])), {
      name: 'BusUnreachable',
      message: `cannot connect to NATS at 127.0.0.1:${port} after 3 attempts: connection refused`,
    });
  });

  test('a wrong password is one sentence without the password', async (t) => {
    const server = await scripted(t);
    server.loginsToRefuse = 3;
    const options = busOptions(new LogLines(), [server.port], { user: 'nats', pass: 'hunter2' });
    await assert.rejects(connectBus(options), (error) => {
      assert.ok(error instanceof BusUnreachable);
      assert.match(
        error.message,
        /^cannot connect to NATS at .* after 3 attempts: Authorization Violation$/i,
      );
      assert.doesNotMatch(error.stack!, /hunter2/);
      return true;
    });
    assert.equal(server.accepted, 3);
  });

  test('closing is final and quiet', async (t) => {
    const server = await scripted(t);
    const { bus, log } = await connected(t, [server.port]);
    await bus.close();
    await bus.close();
    assert.equal(bus.state, 'closed');
    bus.publish('x', Buffer.from('ignored'));
    assert.deepEqual(log.messages, ['Successfully-connected-to-nats']);
  });

  test('§1.1 a connection the library gives up is reported once', async () => {
    const log = new LogLines();
    const closed = Promise.withResolvers<Error>();
    const connection = {
      closed: () => closed.promise,
      getServer: () => 'nats-1:4222',
      async *status() {},
    } as unknown as NatsConnection;
    const reported = new Promise<void>((onClosed) => {
      const bus = new BusClient(connection, { pingInterval: 1000, log, onClosed });
      assert.equal(bus.state, 'connected');
    });
    closed.resolve(new Error('gave up'));
    await reported;
    assert.deepEqual(log.lines.at(-1), {
      level: 'fatal',
      message: 'nats-connection-closed',
      data: { host: 'nats-1', addr: 'nats-1:4222', error: 'gave up' },
    });
  });
});
