import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, type TestContext, test, vi } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import type { BusClient } from '../../src/bus/client.ts';
import { type BusOptions, connectBus } from '../../src/bus/connect-bus.ts';
import { OutgoingBatch } from '../../src/bus/embedded/outgoing-batch.ts';
import { EmbeddedBus, type EmbeddedBusOptions } from '../../src/bus/embedded/server.ts';
import { SubscriptionIndex } from '../../src/bus/embedded/subscriptions.ts';
import { WakingLog } from '../support/follower-fixture.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { ScriptedNats } from '../support/scripted-nats.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));
afterEach(() => told.splice(0));

const FAULT = new Error('a fault of ours');

async function embedded(t: TestContext, options: Partial<EmbeddedBusOptions> = {}): Promise<EmbeddedBus> {
  const bus = await EmbeddedBus.listen({ port: 0, ...options });
  t.onTestFinished(() => bus.close());
  return bus;
}

async function client(t: TestContext, port: number, hello = 'CONNECT {"verbose":false}\r\n') {
  const made = await NatsRawClient.connect(port);
  t.onTestFinished(() => void made.socket.destroy());
  made.send(hello);
  return made;
}

describe('the embedded bus', () => {
  test('gives up the connection whose operation throws, and no other', async (t) => {
    const bus = await embedded(t);
    const [faulty, sound] = [await client(t, bus.port), await client(t, bus.port)];
    sound.send('SUB a 1\r\n');
    await sound.roundTrip();
    vi.spyOn(SubscriptionIndex.prototype, 'match').mockImplementationOnce(() => {
      throw FAULT;
    });
    faulty.send('PUB a 1\r\nx\r\nPUB a 1\r\ny\r\n');
    await faulty.closed();
    assert.deepEqual(told, [{ kind: 'connection', requestId: '', error: FAULT, again: false }]);
    const next = await client(t, bus.port);
    next.send('PUB a 1\r\nz\r\n');
    await sound.until(/MSG a 1 1\r\nz\r\n/);
    assert.doesNotMatch(sound.received, /\r\n[xy]\r\n/);
    assert.equal(bus.stats.connections, 2);
  });

  test('gives up a subscriber to whom nothing can be delivered, not who has sent it nor the next', async (t) => {
    const bus = await embedded(t);
    const [faulty, sound, sender] = [
      await client(t, bus.port),
      await client(t, bus.port),
      await client(t, bus.port),
    ];
    for (const each of [faulty, sound]) {
      each.send('SUB a 1\r\n');
      await each.roundTrip();
    }
    vi.spyOn(OutgoingBatch.prototype, 'addMessage').mockImplementationOnce(() => {
      throw FAULT;
    });
    sender.send('PUB a 1\r\nx\r\n');
    await sound.until(/MSG a 1 1\r\nx\r\n/);
    await faulty.closed();
    await sender.roundTrip();
    assert.equal(told.length, 1);
  });

  test('gives up a connection that cannot be written to, and writes to the others', async (t) => {
    const bus = await embedded(t);
    const [faulty, sound] = [await client(t, bus.port), await client(t, bus.port)];
    await sound.roundTrip();
    vi.spyOn(OutgoingBatch.prototype, 'take').mockImplementationOnce(() => {
      throw FAULT;
    });
    faulty.send('PING\r\n');
    await faulty.closed();
    await sound.roundTrip();
    assert.deepEqual(told, [{ kind: 'connection', requestId: '', error: FAULT, again: false }]);
  });

  const word = fc.constantFrom(
    'a',
    '*',
    '>',
    'a.b',
    '..',
    '_INBOX.1',
    '1',
    '0',
    '-1',
    '99999999999',
    '__proto__',
    'é',
    '\x00',
    'x'.repeat(300),
  );
  const line = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('PUB', 'HPUB', 'SUB', 'UNSUB', 'PING', 'PONG', 'CONNECT', 'INFO', 'pub', '+OK', ''),
        fc.array(word, { maxLength: 5 }),
        fc.constantFrom('\r\n', '\n', '\r', ' '),
      )
      .map(([verb, words, end]) => [verb, ...words].join(' ') + end),
    fc.constantFrom(
      'CONNECT {}\r\n',
      'CONNECT null\r\n',
      'CONNECT {"user":1}\r\n',
      'CONNECT {"__proto__":{"user":"u"}}\r\n',
      `CONNECT ${'['.repeat(2000)}\r\n`,
      'CONNECT {"user":"u","pass":"p","verbose":true,"headers":true,"no_responders":true}\r\n',
      'SUB a q 1\r\n',
      'SUB > 2\r\n',
      'UNSUB 1 1\r\n',
      'PUB a 5\r\nabc',
      'PUB a _INBOX.9 0\r\n\r\n',
      'HPUB a 4 6\r\nNATSxx\r\n',
      'HPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\n',
    ),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );

  for (const user of [undefined, 'u']) {
    const who = user === undefined ? 'anybody' : 'those who log in';
    test(`that lets in ${who} takes what is no protocol in every state, and others do not notice`, async (t) => {
      const login = user === undefined ? {} : { user, pass: 'p' };
      const bus = await embedded(t, { ...login, maxPayload: 1000 });
      const hello = 'CONNECT {"verbose":false,"user":"u","pass":"p"}\r\n';
      const other = await client(t, bus.port, hello);
      const begun = fc.constantFrom('', hello, `${hello}SUB a 1\r\n`, `${hello}PUB a 9\r\nab`);
      await fc.assert(
        fc.asyncProperty(begun, fc.array(line, { maxLength: 8 }), async (first, lines) => {
          using odd = await NatsRawClient.connect(bus.port);
          for (const text of [first, ...lines]) {
            if (odd.socket.writable) odd.send(text);
            await nextTurn();
          }
          odd.socket.end();
          await odd.closed();
          await other.roundTrip();
          assert.deepEqual(told, []);
        }),
        { numRuns: 200 },
      );
      while (bus.stats.connections > 1) await other.roundTrip();
    });
  }
});

describe('the bus client', () => {
  async function connected(
    t: TestContext,
    more: Partial<BusOptions> = {},
  ): Promise<{ server: ScriptedNats; bus: BusClient; log: WakingLog }> {
    const server = await ScriptedNats.start();
    t.onTestFinished(() => server.close());
    const log = new WakingLog();
    const bus = await connectBus({
      servers: [{ hostname: '127.0.0.1', port: server.port }],
      user: '',
      pass: '',
      pingInterval: 20_000,
      attempts: 3,
      attemptInterval: 10,
      reconnectWait: 5,
      log,
      onClosed: () => assert.fail('closed for good'),
      ...more,
    });
    t.onTestFinished(() => bus.close());
    return { server, bus, log };
  }

  test('goes on after a listener that throws, and so do the other listeners', async (t) => {
    const { server, bus, log } = await connected(t);
    let heard = 0;
    bus.onReconnect(() => {
      throw FAULT;
    });
    bus.onReconnect(() => heard++);
    for (const times of [1, 2]) {
      server.drop();
      await log.until(() => log.of('nats-connection-reconnected').length === times);
      assert.equal(heard, times);
    }
    assert.deepEqual(
      told.map(({ kind, error }) => [kind, error]),
      [
        ['message', FAULT],
        ['message', FAULT],
      ],
    );
  });

  test('a handler that throws costs its message: the next one comes, and it is counted', async (t) => {
    const { server, bus, log } = await connected(t);
    const received: string[] = [];
    bus.subscribe('x', (_subject, payload) => {
      const text = Buffer.from(payload).toString();
      if (text === 'bad') throw FAULT;
      received.push(text);
      log.wake();
    });
    await bus.flush();
    server.say('MSG x 1 3\r\nbad\r\nMSG x 1 4\r\ngood\r\n');
    await log.until(() => received.length === 1);
    assert.deepEqual([received, bus.droppedMessages, bus.state], [['good'], 1, 'connected']);
    assert.equal(told.length, 1);
  });

  test('a server that speaks nonsense is not heard any more, which its missing PONGs tell: it is connected to anew', async (t) => {
    const { server, bus, log } = await connected(t, { pingInterval: 20 });
    vi.spyOn(console, 'log').mockImplementation(() => {});
    let received = 0;
    bus.subscribe('x', () => {
      received++;
      log.wake();
    });
    const nonsense = [
      'nonsense\r\n',
      'MSG x 1 99999999999\r\n',
      'HMSG x 1 9 3\r\nabc\r\n',
      'INFO {\r\n',
      'INFO null\r\n',
    ];
    for (const [round, text] of nonsense.entries()) {
      await bus.flush();
      server.say(text);
      await log.until(() => log.of('nats-connection-reconnected').length > round);
    }
    await bus.flush();
    server.say('MSG x 1 1\r\na\r\n');
    await log.until(() => received > 0);
    assert.deepEqual(told, []);
  });
});
