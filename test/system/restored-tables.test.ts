import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import type { Router } from '../../src/runtime/router.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { startRouterOf } from '../support/restarted-router.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { RoutingApiPeer } from '../support/routing-api-peer.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');

function stateFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-state-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A router on a real NATS, with its state in a folder. */
function startRouter(t: TestContext, busPort: number, folder: string, more: object = {}): Promise<Router> {
  const wanted = {
    nats: { hosts: [{ hostname: '127.0.0.1', port: busPort }] },
    suspend_pruning_if_nats_unavailable: false,
    cellgate: { state_dir: folder },
  };
  return startRouterOf(t, overlay(wanted, more) as object);
}

async function statusAt(router: Router, host: string): Promise<number> {
  return statusOf(await ask(router.addresses.http, get(host)));
}

/** Asks until there is such an answer. */
async function until(router: Router, host: string, status: number): Promise<void> {
  while ((await statusAt(router, host)) !== status);
}

async function health(router: Router): Promise<string> {
  return (await fetch(`http://127.0.0.1:${router.addresses.health}/health`)).text();
}

async function metric(router: Router, name: string): Promise<string | undefined> {
  const headers = { Authorization: `Basic ${btoa('operator:secret')}` };
  const text = await (await fetch(`http://127.0.0.1:${router.addresses.health}/metrics`, { headers })).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);
}

describe('2.2.4 a router that starts without its bus', NEEDS_NATS, () => {
  test('serves what the last process knew at once, says so, and follows the bus when it is there', async (t) => {
    const backend = await Backend.start(t, () => ok('served'));
    const folder = stateFolder(t);
    const bus = await startNatsServer();
    t.onTestFinished(() => bus.close());
    const before = await startRouter(t, bus.port, folder);
    const agent = await RoutePublisher.connect(t, bus.port);
    agent.register('kept.test', backend.port);
    await until(before, 'kept.test', 200);
    await before.stop();
    await bus.close();

    const begun = performance.now();
    const after = await startRouter(t, bus.port, folder, { start_response_delay_interval: '20s' });
    assert.ok(performance.now() - begun < 5000);
    assert.equal(await statusAt(after, 'kept.test'), 200);
    assert.match(
      await health(after),
      /^ok\ntable from snapshot: 1 of 1 endpoints\nNATS away, table \d+ s old\n$/,
    );
    assert.equal(await metric(after, 'cellgate_endpoints{state="restored"}'), '1');
    assert.equal(await metric(after, 'cellgate_pruning_frozen'), '1');
    assert.ok(Number(await metric(after, 'cellgate_table_age_seconds')) > 0);

    const again = await startNatsServer({ port: bus.port });
    t.onTestFinished(() => again.close());
    const returned = await RoutePublisher.connect(t, bus.port);
    // Until the router has found the bus there is nobody to hear it.
    while ((await statusAt(after, 'new.test')) !== 200) returned.register('new.test', backend.port);
    assert.match(await health(after), /^ok\ntable from snapshot: 1 of 2 endpoints\n$/);
    returned.register('kept.test', backend.port);
    while ((await health(after)) !== 'ok\n');
    assert.equal(await metric(after, 'cellgate_endpoints{state="ready"}'), '2');
    assert.equal(await metric(after, 'cellgate_pruning_frozen'), '0');
  });

  test('gives a TCP port to the configuration that was announced to the last process', async (t) => {
    const [announced, configured] = [
      await Backend.start(t, () => ok('announced')),
      await Backend.start(t, () => ok('configured')),
    ];
    const folder = stateFolder(t);
    const port = await freePort();
    const bus = await startNatsServer();
    t.onTestFinished(() => bus.close());
    const tcp = { enabled: true, reservable_ports: String(port) };
    const before = await startRouter(t, bus.port, folder, { cellgate: { tcp } });
    const agent = await RoutePublisher.connect(t, bus.port);
    const answer = async () => {
      try {
        return await (await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } })).text();
      } catch {
        return 'none';
      }
    };
    agent.register('also.test', announced.port);
    agent.register('', announced.port, { protocol: 'tcp', external_port: port });
    while ((await answer()) !== 'announced');
    await before.stop();
    await bus.close();

    const routes = [{ port, backends: [`127.0.0.1:${configured.port}`] }];
    await startRouter(t, bus.port, folder, { cellgate: { tcp: { ...tcp, routes } } });
    while ((await answer()) === 'none');
    assert.equal(await answer(), 'configured');
  });

  test('and without anything it knows does not start, as gorouter', async (t) => {
    const folder = stateFolder(t);
    await assert.rejects(startRouter(t, await freePort(), folder), /cannot connect to NATS/);
    await assert.rejects(startRouter(t, await freePort(), folder), /cannot connect to NATS/);
  });

  test('nor with what has had its time', async (t) => {
    const folder = stateFolder(t);
    const bus = await startNatsServer();
    t.onTestFinished(() => bus.close());
    const before = await startRouter(t, bus.port, folder);
    const agent = await RoutePublisher.connect(t, bus.port);
    agent.register('old.test', 1);
    await until(before, 'old.test', 502);
    await before.stop();
    await bus.close();
    const over = { cellgate: { snapshot: { max_age_plain: '1ms' } } };
    await assert.rejects(startRouter(t, bus.port, folder, over), /cannot connect to NATS/);
  });
});

describe('2.2.4 a router that starts with its bus', NEEDS_NATS, () => {
  test('listens at once where nothing is missing, and waits for agents where something is', async (t) => {
    const backend = await Backend.start(t, () => ok('served'));
    const folder = stateFolder(t);
    const bus = await startNatsServer();
    t.onTestFinished(() => bus.close());
    const first = await startRouter(t, bus.port, folder);
    const agent = await RoutePublisher.connect(t, bus.port);
    agent.register('kept.test', backend.port);
    await until(first, 'kept.test', 200);
    await first.stop();

    const begun = performance.now();
    const over = { start_response_delay_interval: '2s', cellgate: { snapshot: { max_age_plain: '1ms' } } };
    const second = await startRouter(t, bus.port, folder, over);
    assert.ok(performance.now() - begun >= 2000);
    assert.equal(await statusAt(second, 'kept.test'), 404);
    agent.register('kept.test', backend.port);
    await until(second, 'kept.test', 200);
    await second.stop();

    const again = performance.now();
    const third = await startRouter(t, bus.port, folder, {
      start_response_delay_interval: '60s',
    });
    assert.ok(performance.now() - again < 30_000);
    assert.equal(await statusAt(third, 'kept.test'), 200);
    assert.match(await health(third), /^ok\ntable from snapshot: 1 of 1 endpoints\n$/);
  });
});

describe('2.2.4 a router that starts without its routing API', () => {
  const authority = new Authority();
  const { cert: cert_chain, key: private_key } = authority.issue({ subject: '/CN=gorouter' });
  const routingApiAt = (port: number) => ({
    uri: 'https://127.0.0.1',
    port,
    auth_disabled: true,
    ca_certs: authority.cert,
    cert_chain,
    private_key,
  });

  test('serves what the last process knew, and follows the routing API when it is there', async (t) => {
    const backend = await Backend.start(t, () => ok('served'));
    const folder = stateFolder(t);
    const peer = await RoutingApiPeer.start(t, { authority });
    const route = (name: string) => ({ route: name, ip: '127.0.0.1', port: backend.port, ttl: 120 });
    peer.upsert('routes', route('kept.test'), route('gone.test'));
    const config = {
      suspend_pruning_if_nats_unavailable: false,
      routing_api: routingApiAt(peer.port),
      cellgate: { state_dir: folder },
    };
    const before = await startRouterOf(t, config);
    assert.equal(await statusAt(before, 'kept.test'), 200);
    await before.stop();
    await peer.close();

    const after = await startRouterOf(t, config);
    assert.equal(await statusAt(after, 'kept.test'), 200);
    assert.equal(await statusAt(after, 'gone.test'), 200);
    assert.match(await health(after), /^ok\ntable from snapshot: 2 of 2 endpoints\n$/);
    peer.remove('routes', route('gone.test'));
    peer.upsert('routes', route('new.test'));
    await peer.listen(peer.port, authority);
    await until(after, 'new.test', 200);
    await until(after, 'gone.test', 404);
    assert.equal(await health(after), 'ok\n');
  });

  test('and without anything it knows does not start, as gorouter', async (t) => {
    const config = {
      routing_api: routingApiAt(await freePort()),
      cellgate: { state_dir: stateFolder(t) },
    };
    await assert.rejects(startRouterOf(t, config), /routing_api|ECONNREFUSED/);
  });
});
