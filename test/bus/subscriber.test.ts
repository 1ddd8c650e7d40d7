import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Bus, MessageHandler } from '../../src/bus/bus.ts';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { IgnoredTcpRoutes } from '../../src/bus/ignored-tcp-routes.ts';
import { localAddress, startMessage } from '../../src/bus/start-message.ts';
import { subscribeRoutes } from '../../src/bus/subscriber.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { LogLines, RegistryFixture } from '../support/registry-fixture.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

const START = startMessage({
  index: 2,
  uuid: 'b1e9',
  localAddress: '10.0.0.9',
  minimumRegisterInterval: 20_500,
  pruneThreshold: 120_000,
});

/** Keeps what was asked of it, in order. */
class RecordingBus implements Bus {
  readonly calls: string[] = [];
  readonly #handlers = new Map<string, MessageHandler>();
  reconnected = () => {};

  publish(subject: string, payload: Uint8Array): void {
    this.calls.push(`publish ${subject} ${Buffer.from(payload)}`);
  }

  subscribe(subject: string, handle: MessageHandler): void {
    this.calls.push(`subscribe ${subject}`);
    this.#handlers.set(subject, handle);
  }

  onReconnect(listener: () => void): void {
    this.reconnected = listener;
  }

  async flush(): Promise<void> {
    this.calls.push('flush');
  }

  /** Delivers to one subscription. */
  deliver(subscription: string, subject: string, payload: string, reply = ''): void {
    this.#handlers.get(subscription)!(subject, Buffer.from(payload), reply);
  }
}

async function subscribed() {
  const bus = new RecordingBus();
  const table = new RegistryFixture();
  const log = new LogLines();
  const options = { bus, routes: table.registry, tcpRoutes: null, startMessage: START, http2: true, log };
  await subscribeRoutes({ ...options, counters: table.tally });
  const begun = log.lines.splice(0);
  return { bus, table, log, begun };
}

test('a TCP registration at a router without TCP ports is said in the log, and heartbeats of it not again', async () => {
  const { bus, log } = await subscribed();
  const tcp = JSON.stringify({ protocol: 'tcp', external_port: 2000, host: '10.0.0.1', port: 5432 });
  for (let heartbeat = 0; heartbeat < 3; heartbeat++) bus.deliver('router.*', 'router.register', tcp);
  bus.deliver('router.*', 'router.unregister', tcp);
  assert.deepEqual(log.lines, [
    {
      level: 'warn',
      message: 'tcp-routes-ignored',
      data: {
        reason: 'this router has no TCP ports: cellgate.tcp.reservable_ports is empty',
        messages: 1,
        external_port: 2000,
        host: '10.0.0.1',
        port: 5432,
      },
    },
  ]);
  let now = 0;
  const ignored = new IgnoredTcpRoutes(log, () => now);
  for (now = 0; now <= 60_000; now += 20_000) ignored.note(Buffer.from(tcp));
  assert.deepEqual(
    log.lines.map(({ data }) => data['messages']),
    [1, 1, 3],
  );
});

test('§1.4 the start message tells who asks and how often to register', () => {
  assert.deepEqual(JSON.parse(Buffer.from(START).toString()), {
    id: '2-b1e9',
    hosts: ['10.0.0.9'],
    minimumRegisterIntervalInSeconds: 20,
    pruneThresholdInSeconds: 120,
  });
});

test('§1.4 §5.3 the local address is the first IPv4 one that is not loopback', () => {
  const entry = (address: string, family: 'IPv4' | 'IPv6', internal: boolean) =>
    ({ address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;
  const loopback = entry('127.0.0.1', 'IPv4', true);
  const others = [entry('fd00::1', 'IPv6', false), entry('10.1.2.3', 'IPv4', false)];
  assert.equal(localAddress({ lo: [loopback], eth0: others }), '10.1.2.3');
  assert.equal(localAddress({ lo: [loopback] }), '127.0.0.1');
});

test('§1.2 it announces itself, then subscribes, then waits until the server knows', async () => {
  const { bus } = await subscribed();
  assert.deepEqual(bus.calls, [
    `publish router.start ${Buffer.from(START)}`,
    'subscribe router.greet',
    'subscribe router.*',
    'flush',
  ]);
});

test('§1.2 every reconnection is announced once', async () => {
  const { bus } = await subscribed();
  bus.calls.length = 0;
  bus.reconnected();
  assert.deepEqual(bus.calls, [`publish router.start ${Buffer.from(START)}`]);
});

test('§1.2 a greeting is answered where it asks for, and ignored when it does not', async () => {
  const { bus } = await subscribed();
  bus.calls.length = 0;
  bus.deliver('router.greet', 'router.greet', '', '_INBOX.1');
  bus.deliver('router.greet', 'router.greet', '');
  assert.deepEqual(bus.calls, [`publish _INBOX.1 ${Buffer.from(START)}`]);
});

test('§1.2 register and unregister messages reach the table, other subjects do not', async () => {
  const { bus, table, log } = await subscribed();
  const message = JSON.stringify({ host: '10.0.0.1', port: 80, uris: ['foo.com'] });
  bus.deliver('router.*', 'router.register', message);
  assert.deepEqual(table.addresses('foo.com'), ['10.0.0.1:80']);
  bus.deliver('router.*', 'router.start', message);
  bus.deliver('router.*', 'router.greet', 'no JSON');
  bus.deliver('router.*', 'router.unregister', message);
  assert.equal(table.registry.poolCount, 0);
  assert.deepEqual(log.lines, []);
});

test('§6.7 the subscriber says that it starts, and that it has', async () => {
  const { begun } = await subscribed();
  assert.deepEqual(
    begun.map(({ level, message }) => [level, message]),
    [
      ['info', 'subscriber-starting'],
      ['info', 'subscriber-started'],
    ],
  );
});

test('a bad message is one log line and one count, and changes nothing', async () => {
  const { bus, table, log } = await subscribed();
  const payload = `{"port":"80","pad":"${'x'.repeat(1000)}"}`;
  bus.deliver('router.*', 'router.register', payload);
  assert.deepEqual(log.lines, [
    {
      level: 'error',
      message: 'validation-error',
      data: {
        error: 'port: found string "80", allowed: an integer from 0 to 65535',
        subject: 'router.register',
        payload: payload.slice(0, 512),
      },
    },
  ]);
  assert.equal(table.tally.badMessages, 1);
  assert.deepEqual(table.changes, []);
});

test('bad uris are one log line, and their siblings are applied', async () => {
  const { bus, table, log } = await subscribed();
  const uris = ['good.com', 'a b', 'c d', 'e f', 'g h'];
  bus.deliver('router.*', 'router.register', JSON.stringify({ host: '10.0.0.1', port: 80, uris }));
  assert.deepEqual(table.addresses('good.com'), ['10.0.0.1:80']);
  assert.equal(log.lines.length, 1);
  assert.match(
    String(log.lines[0]!.data['error']),
    /^uris\[1\]: .*; uris\[2\]: .*; uris\[3\]: .*; and 1 more$/,
  );
  assert.equal(table.tally.badMessages, 1);
});

test(
  '§1.9 over a real nats-server an agent hears the announcement and its registration is in the table',
  skipFor(skip),
  async (t) => {
    const server = await startNatsServer();
    t.onTestFinished(() => server.close());
    const log = new LogLines();
    const connect = async () => {
      const client = await connectBus({
        servers: [{ hostname: '127.0.0.1', port: server.port }],
        user: '',
        pass: '',
        pingInterval: 20_000,
        attempts: 3,
        attemptInterval: 100,
        log,
        onClosed: () => assert.fail('closed for good'),
      });
      t.onTestFinished(() => client.close());
      return client;
    };
    const [router, agent] = [await connect(), await connect()];
    const heard: string[] = [];
    agent.subscribe('router.start', () => heard.push('start'));
    await agent.flush();
    const table = new RegistryFixture();
    await subscribeRoutes({
      bus: router,
      routes: table.registry,
      tcpRoutes: null,
      startMessage: START,
      http2: true,
      log,
      counters: table.tally,
    });
    await agent.flush();
    assert.deepEqual(heard, ['start']);
    agent.publish('router.register', Buffer.from('{"host":"10.0.0.1","port":80,"uris":["foo.com"]}'));
    await agent.flush();
    await router.flush();
    assert.deepEqual(table.addresses('foo.com'), ['10.0.0.1:80']);
  },
);
