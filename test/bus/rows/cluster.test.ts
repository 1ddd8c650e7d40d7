import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import type { BusClient } from '../../../src/bus/client.ts';
import { connectBus } from '../../../src/bus/connect-bus.ts';
import { subscribeRoutes } from '../../../src/bus/subscriber.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { NatsRawClient } from '../../support/nats-raw-client.ts';
import { findNatsServer, type NatsServer, startNatsServer } from '../../support/nats-server.ts';
import { RegistryFixture } from '../../support/registry-fixture.ts';
import { busOptions } from '../../support/route-bus.ts';
import { ScriptedNats } from '../../support/scripted-nats.ts';
import { skipFor } from '../../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

async function servers(t: TestContext, count: number): Promise<NatsServer[]> {
  const started = await Promise.all(Array.from({ length: count }, () => startNatsServer()));
  t.onTestFinished(async () => {
    await Promise.all(started.map((server) => server.close()));
  });
  return started;
}

/** A table on a bus of these servers; `backAt` resolves with the next reconnection. */
async function table(t: TestContext, started: readonly NatsServer[]) {
  const fixture = new RegistryFixture();
  const { log } = fixture;
  const ports = started.map(({ port }) => port);
  const bus = await connectBus(busOptions(ports, { pingInterval: 200, reconnectWait: 50, log }));
  t.onTestFinished(() => bus.close());
  const options = { bus, routes: fixture.registry, http2: true, log, counters: fixture.tally };
  await subscribeRoutes({ ...options, startMessage: Buffer.from('{"id":"0-x"}') });
  const back = () => new Promise<void>((resolve) => bus.onReconnect(resolve));
  return { fixture, bus, back };
}

function serverOf(bus: BusClient, log: RegistryFixture['log'], started: readonly NatsServer[]): NatsServer {
  assert.equal(bus.state, 'connected');
  const { addr } = log.lines.findLast(({ message }) => /onnected/.test(message))!.data as { addr: string };
  return started.find(({ port }) => addr.endsWith(`:${port}`))!;
}

async function listenForStart(t: TestContext, { port }: { port: number }): Promise<NatsRawClient> {
  const client = await NatsRawClient.connect(port);
  t.onTestFinished(() => void client.socket.destroy());
  client.send('CONNECT {"verbose":false}\r\nSUB router.start 1\r\n');
  await client.roundTrip();
  return client;
}

describe('C11 the servers of the bus', () => {
  test('C11-17 §1.1 many refused reconnections in a row do not end the client', async (t) => {
    const server = await ScriptedNats.start();
    t.onTestFinished(() => server.close());
    const bus = await connectBus(
      busOptions([server.port], { reconnectWait: 5, onClosed: () => assert.fail('closed') }),
    );
    t.onTestFinished(() => bus.close());
    const back = new Promise<void>((resolve) => bus.onReconnect(resolve));
    server.loginsToRefuse = 30;
    server.drop();
    await back;
    assert.equal(server.loginsToRefuse, 0);
    assert.equal(bus.state, 'connected');
  });

  for (const [what, signal] of [
    ['killed', 'SIGKILL'],
    ['frozen', 'SIGSTOP'],
  ] as const) {
    test(
      `C11-18 §1.1 another server takes over from one that is ${what}, and is told router.start once`,
      skipFor(skip),
      async (t) => {
        const started = await servers(t, 3);
        const { fixture, bus, back } = await table(t, started);
        const lost = serverOf(bus, fixture.log, started);
        const rest = started.filter((server) => server !== lost);
        const listeners = await Promise.all(rest.map((server) => listenForStart(t, server)));
        const reconnected = back();
        process.kill(lost.pid, signal);
        await reconnected;
        const other = serverOf(bus, fixture.log, started);
        assert.notEqual(other, lost);
        const agent = listeners[rest.indexOf(other)]!;
        await agent.until(/MSG router\.start 1/);
        const message = '{"host":"10.0.0.1","port":80,"uris":["a.test"]}';
        agent.send(`PUB router.register ${message.length}\r\n${message}\r\n`);
        await agent.roundTrip();
        await bus.flush();
        assert.deepEqual(fixture.addresses('a.test'), ['10.0.0.1:80']);
        assert.equal(agent.received.split('MSG router.start').length - 1, 1);
        const { messages } = fixture.log;
        assert.equal(messages.filter((line) => line === 'nats-connection-disconnected').length, 1);
        assert.equal(messages.filter((line) => line === 'nats-connection-reconnected').length, 1);
      },
    );
  }

  test('C11-19 who may not publish registrations changes no route', skipFor(skip), async (t) => {
    const file = join(temporaryDirectory(t), 'nats.conf');
    writeFileSync(
      file,
      `authorization { users = [
        { user: nats, password: nats }
        { user: app, password: app, permissions: { publish: { deny: "router.>" } } }
      ] }`,
    );
    const server = await startNatsServer({ args: ['-c', file] });
    t.onTestFinished(() => server.close());
    const fixture = new RegistryFixture();
    const login = { user: 'nats', pass: 'nats' };
    const bus = await connectBus(busOptions([server.port], login));
    t.onTestFinished(() => bus.close());
    const { log, registry: routes, tally: counters } = fixture;
    await subscribeRoutes({ bus, routes, counters, log, http2: true, startMessage: Buffer.from('{}') });
    const message = '{"host":"10.0.0.1","port":80,"uris":["a.test"]}';
    const say = async (user: string) => {
      const client = await NatsRawClient.connect(server.port);
      t.onTestFinished(() => void client.socket.destroy());
      client.send(`CONNECT {"verbose":false,"user":"${user}","pass":"${user}"}\r\n`);
      client.send(`PUB router.register ${message.length}\r\n${message}\r\n`);
      await client.roundTrip();
      await bus.flush();
      return client.answer;
    };
    assert.match(await say('app'), /-ERR 'Permissions Violation/);
    assert.equal(routes.poolCount, 0);
    await say('nats');
    assert.equal(routes.poolCount, 1);
  });
});
