import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { Backend, ok } from '../support/backend.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { samplesOf } from '../support/operator-page.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { TcpForwarder } from '../support/tcp-forwarder.ts';

const STALE_MS = 1000;

interface Cluster {
  readonly port: number;
  close(): Promise<void>;
}

/** Kills the bus, for longer than routes live without heartbeats, and starts another. */
async function outage(t: TestContext, start: () => Promise<Cluster>): Promise<void> {
  let bus = await start();
  t.onTestFinished(() => bus.close());
  const way = await TcpForwarder.start(t, bus.port);
  const { port } = way;
  const router = await TestRouter.start(t, {
    nats: { hosts: [{ hostname: '127.0.0.1', port }] },
    droplet_stale_threshold: `${STALE_MS}ms`,
    prune_stale_droplets_interval: '100ms',
  });
  const { health } = router.router.addresses;
  const connected = async () => (await samplesOf(health!, 'cellgate_bus_connected'))[0] === 1;
  const app = await Backend.start(t, ({ start: line }) => ok(`app ${line.split(' ')[1]!.slice(1)}`));
  await router.route('app.test', app.port);
  const load = new SteadyLoad('app.test');
  load.start(router.port, 2);
  t.onTestFinished(() => load.stop());

  await way.close();
  await bus.close();
  while (await connected()) await setTimeout(20, undefined, { signal: t.signal });
  await setTimeout(STALE_MS + 500);
  assert.equal(await samplesOf(health!, 'total_routes').then(([routes]) => routes), 1);

  bus = await start();
  const listener = await NatsRawClient.connect(bus.port);
  t.onTestFinished(() => void listener.socket.destroy());
  listener.send('CONNECT {"verbose":false}\r\nSUB router.start 1\r\n');
  await listener.roundTrip();
  way.target = bus.port;
  await way.open();
  await listener.until(/MSG router\.start 1 \d+\r\n\{[^\r]*"pruneThresholdInSeconds":1\b[^\r]*\}\r\n/);
  assert.ok(await connected());
  assert.equal(statusOf(await ask(router.port, get('app.test'))), 200);
  await load.stop();
  t.annotate(`${load.answers} requests went on`);
  assert.deepEqual(load.failures, []);
  assert.ok(load.answers > 100);
}

test('C11-15 C11-16 §1.7 routes outlive their bus, requests go on, and its return is greeted with router.start', (t) =>
  outage(t, () => EmbeddedBus.listen({ port: 0 })));

const skip = findNatsServer() === undefined && 'nats-server is not installed';
test('C11-15 C11-16 §1.1 the same with nats-server', skipFor(skip), (t) =>
  outage(t, () => startNatsServer()),
);
