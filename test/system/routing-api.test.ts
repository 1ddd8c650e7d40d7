import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { operatorPage } from '../support/operator-page.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { RoutingApiPeer } from '../support/routing-api-peer.ts';
import { TcpServer, untilServed } from '../support/tcp-echo.ts';

const authority = new Authority();
const identity = authority.issue({ subject: '/CN=gorouter' });
const CLIENT = { name: 'gorouter', secret: 'very secret' };

/** A configuration for the peer: with TLS both ways, and a token of the UAA that is the same peer. */
function configFor(t: TestContext, { port }: RoutingApiPeer, more: object = {}): object {
  return {
    routing_api: {
      uri: 'https://127.0.0.1',
      port,
      ca_certs: authority.cert,
      cert_chain: identity.cert,
      private_key: identity.key,
    },
    oauth: {
      token_endpoint: '127.0.0.1',
      port,
      client_name: CLIENT.name,
      client_secret: CLIENT.secret,
      ca_certs: configFile(t, authority.cert),
    },
    token_fetcher_retry_interval: '10ms',
    ...more,
  };
}

function route(name: string, port: number): Record<string, unknown> {
  return { route: name, ip: '127.0.0.1', port, ttl: 60, log_guid: 'guid' };
}

test('§5.4 §6.8 routes of the routing API are there before the HTTP port opens, and follow its events', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
  const app = await Backend.start(t, () => ok('hello'));
  peer.upsert('routes', route('app.test', app.port));
  const router = CellgateProcess.router(t, configFor(t, peer));
  const { http, health } = await router.started();
  const answer = await ask(http, get('app.test'));
  assert.equal(answer.body, 'hello');
  const lines = router.stdout.split('\n');
  const at = (message: string) => lines.findIndex((line) => line.includes(`"message":"${message}"`));
  const order = [
    'setting-up-nats-connection',
    'setting-up-routing-api',
    'endpoint-registered',
    'tcp-listener-started',
    'gorouter.started',
  ].map(at);
  assert.ok(order[0]! >= 0);
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.deepEqual([...peer.shown], ['gorouter']);

  await peer.until(() => peer.streams.routes.size === 1);
  peer.remove('routes', route('app.test', app.port));
  await router.until('"message":"endpoint-unregistered"');
  // A stream that breaks off is counted and opened again, with a new token where the old one is refused.
  peer.revokeTokens();
  peer.dropStreams('routes');
  await peer.until(() => peer.count('/routing/v1/events') === 3);
  await peer.until(() => peer.streams.routes.size === 1);
  const metrics = await operatorPage(health!, '/metrics');
  assert.match(metrics, /^subscribe_events_errors 2$/m);
  assert.match(metrics, /^token_fetch_errors 0$/m);
  assert.doesNotMatch(router.stdout, /very secret|token-\d/);
});

test('§7.3 one routing API gives HTTP and TCP routes', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
  const [echo, port] = [await TcpServer.start(t), await freePort()];
  peer.items.router_groups.push({ guid: 'g', name: 'tcp', type: 'tcp', reservable_ports: String(port) });
  peer.upsert('tcp_routes', {
    router_group_guid: 'g',
    port,
    backend_ip: '127.0.0.1',
    backend_port: echo.port,
    ttl: 60,
  });
  const tcp = { listen_host: '127.0.0.1', reservable_ports: '1024-65535' };
  const router = CellgateProcess.router(t, configFor(t, peer, { cellgate: { tcp } }));
  await router.started();
  await untilServed(t, port);
  assert.equal(peer.tokensIssued, 1);
});

test('§5.4 without authentication no token is asked for, and the log says so', async (t) => {
  const peer = await RoutingApiPeer.start(t, { authority });
  const config = configFor(t, peer) as { routing_api: object };
  const router = CellgateProcess.router(t, {
    ...config,
    oauth: {},
    routing_api: { ...config.routing_api, auth_disabled: true },
  });
  await router.started();
  assert.match(router.stdout, /"message":"using-noop-token-fetcher"/);
  assert.equal(peer.count('/oauth/token'), 0);
});

describe('§5.4 a routing API that cannot be used ends the start with 1 and one sentence:', () => {
  const cases: [string, (peer: RoutingApiPeer) => void | Promise<void>, object, RegExp][] = [
    [
      'away',
      (peer) => peer.close(),
      {},
      /^unable-to-fetch-token: https:\/\/127\.0\.0\.1:\d+\/oauth\/token: /,
    ],
    ['no list', (peer) => void peer.failures.set('/routing/v1/routes', 500), {}, /\/routes answered 500$/],
    [
      'unauthorized',
      (peer) => void peer.failures.set('/routing/v1/routes', 401),
      {},
      /\/routing\/v1\/routes answered 401$/,
    ],
    [
      'no token',
      (peer) => void peer.failures.set('/oauth/token', 500),
      {},
      /^unable-to-fetch-token: .* answered 500$/,
    ],
    [
      'an empty token',
      (peer) => void peer.failures.set('/oauth/token', 'no-list'),
      {},
      /^empty token fetched$/,
    ],
    ['no TLS with the UAA', () => {}, { oauth: { port: 0 } }, /^UAA client requires TLS enabled/],
  ];
  for (const [what, prepare, more, sentence] of cases) {
    test(what, async (t) => {
      const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
      await prepare(peer);
      const config = configFor(t, peer) as { oauth: object };
      const router = CellgateProcess.router(t, {
        ...config,
        ...more,
        oauth: { ...config.oauth, ...(more as { oauth?: object }).oauth },
      });
      assert.deepEqual(await router.exited, [1, null]);
      assert.match(router.stderr, /^cellgate: [^\n]+\n$/);
      assert.match(router.stderr.slice('cellgate: '.length, -1), sentence);
      assert.match(router.stdout, /"message":"routing-api-connection-failed"/);
    });
  }

  test('another authority', async (t) => {
    const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority: new Authority() });
    const router = CellgateProcess.router(t, configFor(t, peer));
    assert.deepEqual(await router.exited, [1, null]);
    assert.match(router.stderr, /unable-to-fetch-token: .*(?:certificate|signature)/);
  });
});

test('§6.8 without both uri and port there is no routing API', async (t) => {
  const router = CellgateProcess.router(t, { routing_api: { uri: 'https://127.0.0.1' } });
  const { http } = await router.started();
  assert.equal(statusOf(await ask(http, get('app.test'))), 404);
  assert.doesNotMatch(router.stdout, /routing-api/);
});
