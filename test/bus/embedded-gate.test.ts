import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { type TestContext, test } from 'vitest';
import { EmbeddedBus, type EmbeddedBusOptions } from '../../src/bus/embedded/server.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';

const TOKEN = 'known to the router alone';
const LOGIN = { user: 'cell', pass: 'secret' };
const MIB = 1024 * 1024;

function hello(fields: object = {}): string {
  return `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, ...fields })}\r\n`;
}

function pub(subject: string, payload: string): string {
  return `PUB ${subject} ${payload.length}\r\n${payload}\r\n`;
}

/** A bus that is not open, and the router on it, which has subscribed to everything. */
async function shutBus(t: TestContext, options: Partial<EmbeddedBusOptions> = {}) {
  const bus = await EmbeddedBus.listen({ port: 0, routerToken: TOKEN, ...options });
  t.onTestFinished(() => bus.close());
  const connect = async (...sends: string[]): Promise<NatsRawClient> => {
    const client = await NatsRawClient.connect(bus.port);
    t.onTestFinished(() => void client.socket.destroy());
    for (const text of sends) client.send(text);
    return client;
  };
  const { user, pass } = options;
  const router = await connect(hello({ auth_token: TOKEN, user, pass }), 'SUB > 1\r\n');
  await router.roundTrip();
  /** Turns of the loop in which the bus reads what it likes to read. */
  const readAll = async () => {
    for (let i = 0; i < 20; i++) await router.roundTrip();
  };
  /** Payloads that the router was sent, in their order. */
  const received = () =>
    [...router.received.matchAll(/^MSG \S+ 1 \d+\r\n([^\r]*)\r$/gm)].map(([, text]) => text);
  return { bus, connect, router, readAll, received };
}

/** Sockets that servers of this process take from now on. */
function acceptedSockets(t: TestContext): Socket[] {
  const sockets: Socket[] = [];
  const note = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', note);
  t.onTestFinished(() => void unsubscribe('net.server.socket', note));
  return sockets;
}

for (const login of [{}, LOGIN]) {
  const how = 'user' in login ? 'that asks for a login' : 'that lets everybody in';

  test(`a bus ${how} serves nobody but the router until it is opened, then in the order in which they spoke`, async (t) => {
    const { bus, connect, router, readAll, received } = await shutBus(t, login);
    const first = await connect();
    const second = await connect(`${hello(login)}SUB a 9\r\n${pub('x', 'one')}PING\r\n`);
    await readAll();
    first.send(`${hello(login)}${pub('x', 'two')}PING\r\n`);
    await readAll();
    assert.deepEqual([first.answer, second.answer, received()], ['', '', []]);
    // Nobody subscribes to it yet but the router.
    router.send(pub('a', 'early'));
    await router.roundTrip();
    bus.open();
    router.send(pub('a', 'late'));
    await Promise.all([first.until(/PONG\r\n/), second.until(/MSG a 9 4\r\nlate\r\n/)]);
    await router.roundTrip();
    assert.deepEqual(received(), ['early', 'one', 'two', 'late']);
    assert.equal(second.answer, 'PONG\r\nMSG a 9 4\r\nlate\r\n');
    const later = await connect(hello(login));
    await later.roundTrip();
  });

  test(`a bus ${how} takes nobody for the router who does not know its token, whatever is sent for it`, async (t) => {
    const { bus, connect, readAll, received } = await shutBus(t, login);
    const token = fc.oneof(
      fc.constantFrom<unknown>(
        '',
        ' ',
        TOKEN.slice(1),
        `${TOKEN} `,
        TOKEN.toUpperCase(),
        [TOKEN],
        { a: TOKEN },
        1,
      ),
      fc.json().map((text) => JSON.parse(text)),
      fc.string(),
    );
    const line = fc.oneof(
      token.map((auth_token) => hello({ ...login, auth_token })),
      token.map((other) => hello({ ...login, token: other, pass: TOKEN, jwt: TOKEN, nkey: TOKEN })),
      fc.constantFrom(
        ` ${hello({ auth_token: TOKEN })}`,
        `PING\r\n${hello({ auth_token: TOKEN })}`,
        `CONNECT{"auth_token":"${TOKEN}"}\r\n`,
        `PUB x 100\r\n${hello({ auth_token: TOKEN })}`,
        `CONNECT {"auth_token":"${TOKEN}"\r\n`,
        `\n${hello({ auth_token: TOKEN })}`,
        `CONNECT ${' '.repeat(5000)}${JSON.stringify({ auth_token: TOKEN })}\r\n`,
      ),
    );
    await fc.assert(
      fc.asyncProperty(line, fc.nat(80), async (text, cut) => {
        using client = await NatsRawClient.connect(bus.port);
        client.send(text.slice(0, cut));
        await nextTurn();
        client.send(`${text.slice(cut)}${pub('x', 'mine')}PING\r\n`);
        await readAll();
        assert.equal(client.answer, '');
      }),
      { numRuns: 60 },
    );
    assert.deepEqual(received(), []);
    const wrong = await connect(hello({ auth_token: 'wrong' }), 'PING\r\n');
    const right = await connect(hello({ auth_token: 'wrong', ...login }), 'PING\r\n');
    bus.open();
    await right.until(/^INFO.*\r\nPONG\r\n$/);
    if (!('user' in login)) return wrong.until(/^INFO.*\r\nPONG\r\n$/);
    await wrong.closed();
    assert.equal(wrong.answer, "-ERR 'Authorization Violation'\r\n");
  });
}

test('the token of the router is no login', async (t) => {
  const { connect } = await shutBus(t, LOGIN);
  for (const fields of [{}, { user: 'cell' }, { user: 'cell', pass: TOKEN }]) {
    const client = await connect(hello({ auth_token: TOKEN, ...fields }));
    await client.closed();
    assert.equal(client.answer, "-ERR 'Authorization Violation'\r\n");
  }
});

test('the router is known however its CONNECT is cut', async (t) => {
  const { connect, readAll } = await shutBus(t);
  const text = `${hello({ auth_token: TOKEN })}PING\r\n`;
  const whole = await Promise.all(
    Array.from({ length: text.length }, async (_, cut) => {
      const client = await connect(text.slice(0, cut));
      await readAll();
      client.send(text.slice(cut));
      return client;
    }),
  );
  await Promise.all(whole.map((client) => client.until(/PONG\r\n$/)));
});

test('who sends nothing while the bus is shut has the time to log in that it always has; who has spoken is not slow', async (t) => {
  const { bus, connect } = await shutBus(t, { ...LOGIN, loginTimeout: 300 });
  const spoken = await connect(`${hello(LOGIN)}PING\r\n`);
  const [silent, slow] = [await connect(), await connect('CONNECT {"verb')];
  await Promise.all([silent.closed(), slow.closed()]);
  for (const { answer } of [silent, slow]) assert.equal(answer, "-ERR 'Authentication Timeout'\r\n");
  const late = await connect();
  assert.equal(spoken.answer, '');
  bus.open();
  await spoken.until(/PONG\r\n$/);
  await late.closed();
});

test('who never sends CONNECT is served when the bus opens, where nobody has to log in', async (t) => {
  const { bus, connect, readAll } = await shutBus(t);
  const [silent, plain, half] = [await connect(), await connect('SUB a 1\r\nPING\r\n'), await connect('PI')];
  await readAll();
  assert.deepEqual([silent.answer, plain.answer, half.answer], ['', '', '']);
  bus.open();
  half.send('NG\r\n');
  await Promise.all([silent.roundTrip(), plain.until(/\+OK\r\nPONG\r\n$/), half.until(/PONG\r\n$/)]);
});

test('who waits is sent no PING, and is sent some when it is served', async (t) => {
  const { bus, connect, router } = await shutBus(t, { pingInterval: 20 });
  const waiting = await connect(hello());
  const silent = await connect();
  // The router is stale when it has left two unanswered.
  await router.closed();
  assert.deepEqual([waiting.answer, silent.answer], ['', '']);
  bus.open();
  await Promise.all([waiting.until(/PING\r\n/), silent.until(/PING\r\n/)]);
});

test('of 10 MB that a client sends before the bus is open no more than 192 KiB are read; all of it comes through afterwards', async (t) => {
  const sockets = acceptedSockets(t);
  const { bus, connect, router, readAll } = await shutBus(t);
  const eager = await connect(hello());
  const theirs = sockets.at(-1)!;
  const payload = 'x'.repeat(100_000);
  for (let i = 0; i < 100; i++) eager.send(pub('big', payload));
  await readAll();
  assert.ok(theirs.bytesRead < 192 * 1024, `${theirs.bytesRead} bytes`);
  assert.ok(eager.socket.writableLength > 0);
  bus.open();
  await eager.roundTrip();
  await router.roundTrip();
  assert.deepEqual([bus.stats.inMsgs, bus.stats.outMsgs, bus.stats.slowConsumers], [100, 100, 0]);
  assert.equal(eager.answer, 'PONG\r\n');
});

test('what all who wait have sent is bounded: the one that has waited longest goes', async (t) => {
  const { bus, connect, readAll, received } = await shutBus(t, { maxUnfinished: 1200 });
  const clients: NatsRawClient[] = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    clients.push(await connect(`${hello()}${pub(name, name.repeat(300))}`));
    await readAll();
  }
  await clients[0]!.closed();
  assert.equal(clients[0]!.answer, "-ERR 'Slow Publisher'\r\n");
  bus.open();
  await Promise.all(clients.slice(1).map((client) => client.roundTrip()));
  await readAll();
  assert.deepEqual(
    received(),
    ['b', 'c', 'd'].map((name) => name.repeat(300)),
  );
});

test('a crowd that has sent much does not cut off the router, and none of its messages is lost', async (t) => {
  const { bus, connect, router } = await shutBus(t, { maxPending: MIB });
  const crowd = await Promise.all(
    Array.from({ length: 200 }, () => connect(`${hello()}${pub('r', 'x'.repeat(50_000))}PING\r\n`)),
  );
  bus.open();
  await Promise.all(crowd.map((client) => client.until(/PONG\r\n$/)));
  await router.roundTrip();
  assert.deepEqual([bus.stats.outMsgs, bus.stats.slowConsumers], [200, 0]);
});

test('who leaves while it waits is forgotten; what it had published before is delivered, and nobody else notices', async (t) => {
  const { bus, connect, readAll, router, received } = await shutBus(t);
  const [silent, half, done, reset, stays] = [
    await connect(),
    await connect('CONN'),
    await connect(`${hello()}${pub('x', 'said')}`),
    await connect(`${hello()}${pub('x', 'taken back')}`),
    await connect(`${hello()}${pub('x', 'stays')}PING\r\n`),
  ];
  await readAll();
  for (const client of [silent, half, done]) client.socket.end();
  reset.socket.resetAndDestroy();
  // The router, who has left without an end of its own, and who stays.
  while (bus.stats.connections > 3) await router.roundTrip();
  bus.open();
  await stays.until(/PONG\r\n$/);
  while (bus.stats.connections > 2) await router.roundTrip();
  await router.roundTrip();
  assert.deepEqual(received(), ['said', 'stays']);
});

test('what is no protocol is told so when the bus opens, and not before', async (t) => {
  const { bus, connect, readAll } = await shutBus(t);
  const clients = await Promise.all(
    ['GET / HTTP/1.1\r\n\r\n', `CONNECT ${'x'.repeat(5000)}`, 'CONNECT {bad\r\n'].map((text) =>
      connect(text),
    ),
  );
  await readAll();
  assert.deepEqual(
    clients.map(({ answer }) => answer),
    ['', '', ''],
  );
  bus.open();
  await Promise.all(clients.map((client) => client.closed()));
  assert.deepEqual(
    clients.map(({ answer }) => answer),
    ['Unknown Protocol Operation', 'maximum control line exceeded', 'Parser Error in CONNECT'].map(
      (error) => `-ERR '${error}'\r\n`,
    ),
  );
});

test('closed before it was opened, the bus ends all who wait, and opens no more', async (t) => {
  const { bus, connect, readAll, router, received } = await shutBus(t, { maxUnfinished: 100 * MIB });
  const clients = [
    await connect(),
    await connect('CONN'),
    await connect(`${hello()}${pub('x', 'lost')}PING\r\n`),
    await connect(hello(), pub('x', 'y'.repeat(10 * MIB))),
  ];
  await readAll();
  const closed = bus.close();
  bus.open();
  await closed;
  await Promise.all([...clients, router].map((client) => client.closed()));
  for (const { answer } of clients) assert.equal(answer, '');
  assert.deepEqual(received(), []);
  while (bus.stats.connections > 0) await nextTurn();
});
