import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { connect } from '@nats-io/transport-node';
import { test } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';

test('a client that does not read is cut off, told why, and nobody else loses a message', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, maxPending: 256 * 1024 });
  t.onTestFinished(() => bus.close());
  using slow = await NatsRawClient.connect(bus.port);
  slow.send('CONNECT {"verbose":false}\r\nSUB storm 1\r\n');
  await slow.roundTrip();
  slow.socket.pause();

  const reader = await connect({ port: bus.port });
  t.onTestFinished(() => reader.close());
  let got = 0;
  reader.subscribe('storm', {
    callback: () => {
      got++;
    },
  });
  await reader.flush();
  const publisher = await connect({ port: bus.port });
  t.onTestFinished(() => publisher.close());
  const payload = Buffer.alloc(1000, 'x');
  let sent = 0;
  // The kernel takes some megabytes before the bus notices anything.
  while (bus.stats.slowConsumers === 0 && sent < 50_000) {
    for (let i = 0; i < 100; i++, sent++) publisher.publish('storm', payload);
    await publisher.flush();
  }
  await reader.flush();
  assert.equal(bus.stats.slowConsumers, 1);
  assert.equal(got, sent);

  slow.socket.resume();
  await slow.closed();
  assert.match(slow.answer, /x\r\n-ERR 'Slow Consumer'\r\n$/);
  while (bus.stats.connections > 2) await reader.flush();
});

/** Eight at once publish so many messages each to `many`, and are told that all have arrived. */
async function publishBurst(bus: EmbeddedBus, messages: number): Promise<void> {
  const burst = `PUB many 10000\r\n${'x'.repeat(10_000)}\r\n`.repeat(messages);
  const publishers = await Promise.all(Array.from({ length: 8 }, () => NatsRawClient.connect(bus.port)));
  await Promise.all(
    publishers.map(async (publisher) => {
      publisher.send(`CONNECT {"verbose":false}\r\n${burst}`);
      await publisher.roundTrip();
      publisher.socket.destroy();
    }),
  );
}

test('a burst far beyond the pending bytes does not cut off a subscriber that reads', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, maxPending: 4 * 1024 * 1024 });
  t.onTestFinished(() => bus.close());
  using reader = await NatsRawClient.connect(bus.port);
  reader.send('CONNECT {"verbose":false}\r\nSUB many 1\r\nSUB * 2\r\nSUB > 3\r\n');
  await reader.roundTrip();
  await publishBurst(bus, 300);
  await reader.roundTrip();
  assert.equal(bus.stats.slowConsumers, 0);
  assert.equal(bus.stats.outMsgs, 8 * 300 * 3);
});

test('a burst does not cut off a subscriber that reads slowly, and its publishers go at its pace', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, maxPending: 256 * 1024 });
  t.onTestFinished(() => bus.close());
  using reader = await NatsRawClient.connect(bus.port);
  let unread = 0;
  reader.socket.on('data', (text: string) => {
    unread += text.length;
    if (unread < 1024 * 1024) return;
    unread = 0;
    reader.socket.pause();
    setTimeout(() => reader.socket.resume(), 30);
  });
  reader.send('CONNECT {"verbose":false}\r\nSUB many 1\r\nSUB * 2\r\nSUB > 3\r\n');
  await reader.roundTrip();
  await publishBurst(bus, 100);
  await reader.roundTrip();
  assert.equal(bus.stats.slowConsumers, 0);
  assert.equal(bus.stats.outMsgs, 8 * 100 * 3);
});

test('a client that has to log in is given nothing before: no memory, no answer, and little time', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, user: 'cell', pass: 'secret', loginTimeout: 50 });
  t.onTestFinished(() => bus.close());
  for (const operation of ['PUB a 1000000', 'HPUB a 12 1000000', 'SUB a 1', 'UNSUB 1', 'PING', 'PONG']) {
    using eager = await NatsRawClient.connect(bus.port);
    eager.send(`${operation}\r\n`);
    await eager.closed();
    assert.equal(eager.answer, "-ERR 'Authorization Violation'\r\n", operation);
  }
  using silent = await NatsRawClient.connect(bus.port);
  using slow = await NatsRawClient.connect(bus.port);
  using known = await NatsRawClient.connect(bus.port);
  slow.send('CONNECT {"verb');
  known.send('CONNECT {"verbose":false,"user":"cell","pass":"secret"}\r\n');
  await Promise.all([silent.closed(), slow.closed()]);
  for (const { answer } of [silent, slow]) assert.equal(answer, "-ERR 'Authentication Timeout'\r\n");
  await known.roundTrip();
});

test('of messages that come in part, those begun first go when all together are too much', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, maxUnfinished: 10_000 });
  t.onTestFinished(() => bus.close());
  const clients: NatsRawClient[] = [];
  for (let i = 0; i < 5; i++) {
    const client = await NatsRawClient.connect(bus.port);
    t.onTestFinished(() => void client.socket.destroy());
    client.send('CONNECT {"verbose":false}\r\n');
    await client.roundTrip();
    client.send('PUB a 3000\r\nbegun');
    clients.push(client);
    // A message that is whole counts no longer.
    const other = clients.at(-2);
    if (i === 1) other!.send(`${'x'.repeat(2995)}\r\nPUB a 3000\r\nbegun`);
    using witness = await NatsRawClient.connect(bus.port);
    await witness.roundTrip();
  }
  await clients[1]!.closed();
  assert.match(clients[1]!.answer, /-ERR 'Slow Publisher'\r\n$/);
  await clients[0]!.closed();
  for (const client of clients.slice(2)) {
    client.send(`${'x'.repeat(2995)}\r\n`);
    await client.roundTrip();
  }
  assert.equal(bus.stats.inMsgs, 1 + 3);
});

test('what one client subscribes to is bounded in memory', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  using greedy = await NatsRawClient.connect(bus.port);
  greedy.send('CONNECT {"verbose":false}\r\n');
  const long = 'x.'.repeat(2000);
  for (let i = 0; i < 1000; i++) greedy.send(`SUB ${long}${i} ${i}\r\nUNSUB ${i}\r\n`);
  await greedy.roundTrip();
  for (let i = 0; i < 3000; i++) greedy.send(`SUB ${long}${i} ${i}\r\n`);
  await greedy.closed();
  assert.match(greedy.answer, /-ERR 'maximum subscriptions exceeded'\r\n$/);
});

test('a client that leaves two PINGs unanswered is stale, one that answers is not', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, pingInterval: 20 });
  t.onTestFinished(() => bus.close());
  const alive = await connect({ port: bus.port });
  t.onTestFinished(() => alive.close());
  using silent = await NatsRawClient.connect(bus.port);
  await silent.closed();
  assert.equal(silent.answer, "PING\r\nPING\r\n-ERR 'Stale Connection'\r\n");
  await alive.flush();
  assert.equal(bus.stats.staleConnections, 1);
});

test('the maximum payload is announced and kept', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, maxPayload: 10 });
  t.onTestFinished(() => bus.close());
  using client = await NatsRawClient.connect(bus.port);
  assert.equal(client.info['max_payload'], 10);
  client.send('CONNECT {"verbose":false}\r\nSUB a 1\r\nPUB a 10\r\n0123456789\r\nPUB a 11\r\n');
  await client.closed();
  assert.equal(client.answer, "MSG a 1 10\r\n0123456789\r\n-ERR 'Maximum Payload Violation'\r\n");
});

test('input that cannot be parsed is named to the client', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  for (const [input, error] of [
    ['CONNECT {bad\r\n', 'Parser Error in CONNECT'],
    ['PUB a x\r\n', 'Parser Error in PUB'],
    ['HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n', 'message headers not supported'],
  ]) {
    using client = await NatsRawClient.connect(bus.port);
    client.send(input!);
    await client.closed();
    assert.equal(client.answer, `-ERR '${error}'\r\n`);
  }
});

test('a subscriber that resets its connection harms nobody', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  using steady = await NatsRawClient.connect(bus.port);
  steady.send('CONNECT {"verbose":false}\r\nSUB a 1\r\n');
  for (let i = 0; i < 20; i++) {
    using leaving = await NatsRawClient.connect(bus.port);
    leaving.send('SUB a 1\r\n');
    await leaving.until(/\+OK\r\n$/);
    leaving.socket.resetAndDestroy();
    steady.send('PUB a 1\r\nx\r\n');
  }
  await steady.roundTrip();
  assert.equal(steady.answer.match(/MSG/g)?.length, 20);
});

test('what a turn of the loop brings for one client is one write', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  using client = await NatsRawClient.connect(bus.port);
  client.send('CONNECT {"verbose":false}\r\nSUB a 1\r\n');
  await client.roundTrip();
  let reads = 0;
  client.socket.on('data', () => reads++);
  client.send('PUB a 1\r\nx\r\n'.repeat(1000));
  await client.roundTrip();
  assert.equal(client.answer.match(/MSG/g)?.length, 1000);
  assert.ok(reads < 20, `${reads} reads`);
});

test('messages, bytes and clients are counted', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  using client = await NatsRawClient.connect(bus.port);
  client.send('CONNECT {"verbose":false}\r\nSUB a 1\r\nSUB * 2\r\nPUB a 3\r\nabc\r\nPUB b.c 2\r\nxy\r\n');
  await client.roundTrip();
  assert.deepEqual(bus.stats, {
    connections: 1,
    totalConnections: 1,
    inMsgs: 2,
    inBytes: 5,
    outMsgs: 2,
    outBytes: 6,
    slowConsumers: 0,
    staleConnections: 0,
  });
});

test('a port in use rejects with the error of the system', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  await assert.rejects(EmbeddedBus.listen({ port: bus.port }), { code: 'EADDRINUSE' });
});

test('closing ends every connection, even one that keeps its side open', async () => {
  const bus = await EmbeddedBus.listen({ port: 0 });
  const stubborn = connectSocket({ port: bus.port, host: '127.0.0.1', allowHalfOpen: true }).resume();
  stubborn.on('error', () => {});
  await once(stubborn, 'connect');
  await Promise.all([bus.close(), bus.close()]);
  stubborn.destroy();
  await assert.rejects(NatsRawClient.connect(bus.port));
});
