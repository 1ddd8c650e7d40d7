import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { ConfinedRouter } from '../../support/confined-router.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../../support/raw-http.ts';
import { RoutePublisher } from '../../support/route-publisher.ts';

const FILES = 256;
const ENOUGH = 1024;

describe('X06 a router out of file descriptors', () => {
  test('goes on with the connections it has, blames no endpoint, and accepts again when there are some', async (t) => {
    const limits = { max_connections: 0, proxy_threads: 1 };
    const router = new ConfinedRouter(t, FILES, { cellgate: limits });
    const { http, health, bus } = await router.started();
    const app = await Backend.start(t, () => ok('app'));
    const other = await Backend.start(t, () => ok('other'));
    const publisher = await RoutePublisher.connect(t, bus!);
    await publisher.route('app.test', app.port, http);
    const old = await RawClient.connect(http);
    assert.equal((await old.send(get('app.test')).response()).body, 'app');
    publisher.register('other.test', other.port);
    while (statusOf(await old.send(get('other.test')).response()) !== 200);
    // What is idle now is what must serve the old client later.
    for (const { socket } of other.connections) socket.destroy();

    const crowd: Socket[] = [];
    t.onTestFinished(() => {
      for (const socket of crowd) socket.destroy();
    });
    const hello = await RawClient.connect(health!);
    for (let i = 0; i < FILES; i++) crowd.push(connect(http, '127.0.0.1').on('error', () => {}));
    let response = await old.send(get('other.test')).response();
    while (statusOf(response) === 200) {
      // The descriptor of the connection that served it goes to one more of the crowd.
      other.connections.pop()?.socket.destroy();
      await other.until(() => other.openConnections === 0);
      await old.send(get('nowhere.test')).response();
      const last = connect(http, '127.0.0.1').on('error', () => {});
      crowd.push(last);
      await once(last, 'connect');
      await old.send(get('nowhere.test')).response();
      response = await old.send(get('other.test')).response();
    }
    assert.equal(statusOf(response), 503);
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['router_exhausted (dial: EMFILE)']);
    const healthy = await hello.send('GET /health HTTP/1.1\r\nHost: status\r\n\r\n').response();
    assert.equal(statusOf(healthy), 200);

    for (const socket of crowd) socket.destroy();
    const begun = performance.now();
    let status = 0;
    while (status !== 200) {
      status = await ask(http, get('other.test')).then(statusOf, () => 0);
      assert.ok(performance.now() - begun < 5000, 'not within seconds');
    }
    assert.equal((await old.send(get('other.test')).response()).body, 'other');
    assert.equal(router.child.exitCode, null);
    old.close();
    hello.close();
  });

  test('does not run out when it sets its own limit by them', async (t) => {
    const router = new ConfinedRouter(t, FILES, { cellgate: { proxy_threads: 1 } });
    const { http, bus } = await router.started();
    const app = await Backend.start(t, () => ok('app'));
    const publisher = await RoutePublisher.connect(t, bus!);
    await publisher.route('app.test', app.port, http);
    const clients: RawClient[] = [];
    t.onTestFinished(() => {
      for (const client of clients) client.close();
    });
    for (let i = 0; i < FILES; i++) {
      const client = await RawClient.connect(http);
      clients.push(client);
      assert.equal((await client.send(get('app.test')).response()).body, 'app');
    }
  });
});

test('X13 a router whose logs nobody reads serves on, and ends when it is told to', async (t) => {
  const log = join(temporaryDirectory(t), 'access.log');
  execFileSync('mkfifo', [log]);
  // Open for reading, too, so that the router can open it; nothing is ever read.
  const reader = openSync(log, constants.O_RDWR);
  t.onTestFinished(() => closeSync(reader));
  const router = new ConfinedRouter(t, ENOUGH, {
    access_log: { file: log },
    logging: { level: 'debug' },
    cellgate: { proxy_threads: 1 },
  });
  const { http, bus } = await router.started();
  const app = await Backend.start(t, () => ok('app'));
  const publisher = await RoutePublisher.connect(t, bus!);
  await publisher.route('app.test', app.port, http);
  const client = await RawClient.connect(http);
  const agent = 'x'.repeat(8000);
  // A refusal is a line of the component log: these are more than a pipe and its reader's buffer take.
  for (let i = 0; i < 2000; i++) {
    const request = get('app.test').replace('\r\n\r\n', `\r\nUser-Agent: ${agent}\r\n\r\n`);
    assert.equal((await client.send(request).response()).body, 'app');
    assert.equal(statusOf(await ask(http, 'bad\r\n\r\n')), 400);
  }
  client.close();
  // Its output must stay unread: the process is waited for, not its streams.
  const exited = once(router.child, 'exit');
  router.child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
});
