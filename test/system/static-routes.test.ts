import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { JetStreamServer } from '../support/jetstream.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { endpoint, OperatedRouter, sayingOf, tableOf } from '../support/operated-router.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');

describe('cellgate table import', () => {
  test('brings routes that no agent announces, over a restart too, until one does', async (t) => {
    const backend = await Backend.start(t, () => ok('served'));
    const [folder, port] = [temporaryDirectory(t), await freePort()];
    const tcp = { tcp: { reservable_ports: `${port}` } };
    const router = await OperatedRouter.start(t, folder, tcp);
    const tcpRoute = { external_port: port, protocol: 'tcp', host: '127.0.0.1', port: backend.port };
    const file = tableOf(t, [
      endpoint('a.test', backend.port),
      endpoint('b.test', backend.port, { tags: { component: 'x' } }),
      tcpRoute,
    ]);

    const dry = await router.import(file, '--ttl', '1h', '--dry-run');
    assert.match(dry.out, /^would make 3 routes with 3 endpoints static until \d{4}-.*Z\n$/);
    assert.deepEqual(await router.exported(), []);
    assert.equal(await router.status('a.test'), 404);

    const done = await router.import(file, '--ttl', '1h');
    assert.match(done.out, /^made 3 routes with 3 endpoints static until \d{4}-.*Z\n$/);
    await router.until('a.test', 200);
    await router.process.logged('tcp-port-open');
    assert.equal(statusOf(await ask(port, get('any.test'))), 200);
    const { who, until, origin } = sayingOf(await router.exported(), 'a.test');
    assert.deepEqual([who, origin], ['ops', 'operator ops']);
    assert.ok(Math.abs(Number(until) - Date.now() - 3_600_000) < 60_000);
    const audits = router.process.stdout
      .split('\n')
      .filter((line) => line.includes('admin-audit'))
      .map((line) => JSON.parse(line).data);
    assert.deepEqual(audits.at(-1), {
      who: 'ops',
      by: 'token',
      what: 'POST /v1/table',
      outcome: 'done',
      status: 200,
      routes: 3,
      endpoints: 3,
      ttl_seconds: 3600,
      dry_run: false,
    });

    await router.stop();
    assert.equal((await router.run(['export', '--file', join(folder, 'table.snapshot')])).code, 0);
    const again = await OperatedRouter.start(t, folder, tcp);
    assert.equal(await again.status('a.test'), 200);
    const lines = await again.exported();
    assert.deepEqual(sayingOf(lines, 'a.test')['until'], until);
    assert.ok(lines.some((line) => line.includes('external_port') && line.includes(`"until":${until}`)));

    const agent = await RoutePublisher.connect(t, again.addresses.bus!);
    agent.register('a.test', backend.port);
    while (sayingOf(await again.exported(), 'a.test')['origin'] !== 'nats router.register');
    assert.equal(sayingOf(await again.exported(), 'a.test')['until'], undefined);
    assert.equal(sayingOf(await again.exported(), 'b.test')['until'], until);
  });

  test('lets them go when their time is over', async (t) => {
    const router = await OperatedRouter.start(t, temporaryDirectory(t));
    const file = tableOf(t, [endpoint('a.test', 1), endpoint('b.test', 1)]);
    assert.equal((await router.import(file, '--ttl', '2s')).code, 0);
    await router.process.logged('static-endpoints-over');
    assert.deepEqual(await router.exported(), []);
    await router.until('a.test', 404);
  });

  test('says why nothing can be decided where there is no place for it', async (t) => {
    const router = await OperatedRouter.start(t, '');
    const file = tableOf(t, [endpoint('a.test', 1)]);
    const { code, error } = await router.import(file, '--ttl', '1h');
    assert.equal(code, 1);
    assert.match(
      error,
      /^cellgate: there is no folder to keep decisions in: set cellgate\.state_dir, or turn /,
    );
    assert.deepEqual(await router.exported(), []);
  });

  test('reaches all routers that share a store', NEEDS_NATS, async (t) => {
    const backend = await Backend.start(t, () => ok('served'));
    const { port } = await JetStreamServer.start(t);
    const nats = { hosts: [{ hostname: '127.0.0.1', port }] };
    const routers = [
      await OperatedRouter.start(t, temporaryDirectory(t), {}, { nats }),
      await OperatedRouter.start(t, temporaryDirectory(t), {}, { nats }),
    ];
    const file = tableOf(t, [endpoint('a.test', backend.port), endpoint('b.test', 1)]);
    assert.equal((await routers[0]!.import(file, '--ttl', '1h')).code, 0);
    for (const router of routers) await router.until('a.test', 200);
    const [first, second] = await Promise.all(routers.map((router) => router.exported()));
    assert.equal(sayingOf(first!, 'a.test')['until'], sayingOf(second!, 'a.test')['until']);
    // The next word about a route takes the place of the last.
    const other = tableOf(t, [endpoint('a.test', backend.port, { app: 'x' }), endpoint('b.test', 2)]);
    assert.equal((await routers[1]!.import(other, '--ttl', '2s')).code, 0);
    for (const router of routers) await router.process.logged('static-endpoints-over');
    for (const router of routers) await router.until('a.test', 404);
  });
});
