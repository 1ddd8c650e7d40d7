import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import type { Addresses } from '../../src/runtime/parts/addresses.ts';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');

interface Router {
  readonly id: string;
  readonly process: CellgateProcess;
  readonly addresses: Addresses;
}

/** Routers that share a real bus, an application that fails, and commands to the first router. */
async function fleet(t: TestContext, keys: readonly string[]) {
  const nats = await startNatsServer();
  t.onTestFinished(() => nats.close());
  const socket = join(temporaryDirectory(t), 'admin.sock');
  const command = async (...args: string[]) => {
    const process = new CellgateProcess(t, [...args, '--admin', `unix:${socket}`]);
    const [code] = await process.exited;
    return { code, stdout: process.stdout, stderr: process.stderr };
  };
  const started = keys.map(async (bus_key, index) => {
    const admin = index === 0 ? { socket } : {};
    const process = CellgateProcess.router(t, {
      index,
      nats: { hosts: [{ hostname: '127.0.0.1', port: nats.port }] },
      cellgate: { proxy_threads: 1, bus_key, admin },
    });
    return { process, addresses: await process.started() };
  });
  const routers = await Promise.all(started);
  const known = async () =>
    JSON.parse((await command('routers', '--json')).stdout).routers as { id: string }[];
  let all = await known();
  while (all.length < keys.length) all = await known();
  const named = routers.map((router, index) => ({
    ...router,
    id: all.find(({ id }) => id.startsWith(`${index}-`))!.id,
  }));
  const agent = await RoutePublisher.connect(t, nats.port);
  const app = await Backend.start(t, () => ok('fine'));
  agent.register('dead.test', 1, { app: 'dead', private_instance_id: 'dead-1' });
  await Promise.all(routers.map(({ addresses }) => agent.route('fine.test', app.port, addresses.http)));
  const fail = async (router: Router): Promise<string> => {
    for (;;) {
      const response = await ask(router.addresses.http, get('dead.test', '/cart'));
      if (statusOf(response) === 502) return valuesOf(response, 'X-Vcap-Request-Id')[0]!;
    }
  };
  const start = (...args: string[]) => new CellgateProcess(t, [...args, '--admin', `unix:${socket}`]);
  return { nats, routers: named, command, start, fail };
}

/** All that goes over a bus. */
async function eavesdropper(t: TestContext, port: number): Promise<{ heard(): string }> {
  const client = await NatsRawClient.connect(port);
  t.onTestFinished(() => void client.socket.destroy());
  let text = '';
  client.socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
  });
  client.send('CONNECT {"verbose":false}\r\nSUB > 1\r\n');
  return { heard: () => text };
}

describe('2.6 what clients did on other routers', () => {
  test(
    'is told where all have the key, sealed on the bus, and one that is stuck is named',
    NEEDS_NATS,
    async (t) => {
      const key = randomBytes(32);
      const { nats, routers, command, start, fail } = await fleet(t, [
        key.toString('base64'),
        key.toString('hex'),
        key.toString('base64url'),
      ]);
      const bus = await eavesdropper(t, nats.port);
      const [own, other, third] = routers as [Router, Router, Router];
      const id = await fail(other);
      const found = await command('explain', '--id', id);
      assert.equal(found.code, 0, found.stderr);
      assert.match(found.stdout, new RegExp(`^${id} \\(failed\\) at .* on router ${other.id}$`, 'm'));
      assert.match(found.stdout, /GET \/cart HTTP\/1\.1 for dead\.test/);
      assert.equal(found.stderr, '');
      const none = await command('explain', '--id', 'nobody-has-it');
      assert.equal(none.code, 3);
      assert.match(none.stderr, /no router has nobody-has-it/);

      const tap = start('tap', '--json', '--route', 'fine.test');
      const seen = () =>
        new Set(
          tap.stdout
            .trim()
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line).router as string),
        );
      while (seen().size < 3) {
        for (const { addresses } of routers) await ask(addresses.http, get('fine.test', '/tapped'));
      }
      assert.deepEqual(seen(), new Set(routers.map((router) => router.id)));

      third.process.kill('SIGSTOP');
      t.onTestFinished(() => third.process.kill('SIGCONT'));
      const asked = await command('explain', '--id', id);
      assert.equal(asked.code, 0);
      assert.match(asked.stderr, new RegExp(`not asked: ${third.id}: no answer: it is stuck`));
      // Those that are left go on being looked at, and the stuck one is named.
      while (!tap.stderr.includes(third.id)) await ask(own.addresses.http, get('fine.test', '/later'));
      while (!/later.*"router":"1-/.test(tap.stdout))
        await ask(other.addresses.http, get('fine.test', '/later'));
      assert.match(tap.stderr, new RegExp(`not looked at: ${third.id}: no answer: it is stuck`));
      tap.kill('SIGINT');
      assert.deepEqual(await tap.exited, [0, null]);
      const heard = bus.heard();
      assert.match(heard, /cellgate-sealed 1 /);
      for (const secret of ['/cart', '/tapped', '/later', id]) assert.ok(!heard.includes(secret), secret);
    },
  );

  test(
    'is not told without the key, nor with another one; the routers are named, and why',
    NEEDS_NATS,
    async (t) => {
      const keys = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex'), ''];
      const { routers, command, fail } = await fleet(t, keys);
      const [own, other, without] = routers as [Router, Router, Router];
      const id = await fail(other);
      const asked = await command('explain', '--id', id);
      assert.equal(asked.code, 1);
      for (const { id: silent } of [other, without]) {
        assert.match(
          asked.stderr,
          new RegExp(`not asked: ${silent}: no answer: .*cellgate\\.bus_key or another one`),
        );
      }
      assert.match(asked.stderr, /no router that could be asked has/);
      await other.process.until('sealed-message-refused');
      assert.equal((await command('explain', '--id', await fail(own))).code, 0);
    },
  );

  test('is this router’s alone where none has a key', NEEDS_NATS, async (t) => {
    const { routers, command, start, fail } = await fleet(t, ['', '']);
    const [own, other] = routers as [Router, Router];
    const asked = await command('explain', '--id', await fail(own));
    assert.equal(asked.code, 0);
    assert.match(
      asked.stderr,
      new RegExp(`not asked: ${other.id}: without cellgate\\.bus_key what clients did`),
    );
    const tap = start('tap', '--json', '--max', '1');
    while (tap.stdout === '') {
      await ask(other.addresses.http, get('fine.test', '/elsewhere'));
      await ask(own.addresses.http, get('fine.test', '/here'));
    }
    assert.deepEqual(await tap.exited, [0, null]);
    assert.match(tap.stdout, /\/here/);
    assert.match(tap.stderr, new RegExp(`not looked at: ${other.id}: without cellgate\\.bus_key`));
    const here = start('tap', '--here', '--for', '100ms');
    assert.deepEqual(await here.exited, [0, null]);
    assert.equal(here.stderr, '');
  });
});
