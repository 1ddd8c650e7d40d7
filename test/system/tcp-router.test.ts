import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, createServer } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { operatorPage } from '../support/operator-page.ts';
import { type Item, RoutingApiPeer } from '../support/routing-api-peer.ts';
import { TcpClient, TcpServer, untilRefused, untilServed } from '../support/tcp-echo.ts';
import { TcpRouterProcess } from '../support/tcp-router-process.ts';

const authority = new Authority();
const identity = authority.issue({ subject: '/CN=tcp_router' });
const CLIENT = { name: 'tcp_router', secret: 'very secret' };

function group(reservable_ports: string): Item {
  return { guid: 'g', name: 'default-tcp', type: 'tcp', reservable_ports };
}

function mapping(port: number, backend: number, more: object = {}): Item {
  return { router_group_guid: 'g', port, backend_ip: '127.0.0.1', backend_port: backend, ttl: 60, ...more };
}

/** The file for a peer with TLS both ways, and a token of the UAA that is the same peer. */
function fileFor(t: TestContext, { port }: RoutingApiPeer, more: object = {}): object {
  const ca = configFile(t, authority.cert);
  return {
    haproxy_pid_file: '/none',
    oauth: {
      token_endpoint: '127.0.0.1',
      port,
      client_name: CLIENT.name,
      client_secret: CLIENT.secret,
      ca_certs: ca,
    },
    routing_api: {
      uri: 'https://127.0.0.1',
      port,
      client_cert_path: configFile(t, identity.cert),
      client_private_key_path: configFile(t, identity.key),
      ca_cert_path: ca,
    },
    ...more,
  };
}

/** A router that serves one port of the routing API. */
async function started(t: TestContext, more: object = {}) {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
  const [echo, port] = [await TcpServer.start(t), await freePort()];
  peer.items.router_groups.push(group(String(port)));
  peer.upsert('tcp_routes', mapping(port, echo.port));
  const router = new TcpRouterProcess(t, fileFor(t, peer, more), ['-haproxyReloader=/x']);
  const addresses = await router.ready();
  await untilServed(t, port);
  return { peer, echo, port, router, addresses };
}

async function healthOf(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/health`)).status;
}

test("§7.1 cellgate tcp serves the routing API's routes by cf-tcp-router's file, and listens for nothing else", async (t) => {
  const { peer, echo, port, router, addresses } = await started(t);
  assert.deepEqual([...peer.shown], ['tcp_router']);
  assert.deepEqual(
    router.listening(),
    [port, addresses.health!, addresses.routes!].toSorted((a, b) => a - b),
  );
  assert.match(router.stdout, /option -haproxyReloader has no effect/);
  assert.match(
    router.stdout,
    /"message":"[\w.-]+\.router-group-port-checker-success: No conflicting router group ports\."/,
  );
  assert.equal(await healthOf(addresses.health!), 200);
  const routes = JSON.parse(await operatorPage(addresses.routes!, '/tcp_routes'));
  assert.deepEqual(Object.keys(routes), [String(port)]);
  const metrics = await operatorPage(addresses.health!, '/metrics');
  assert.match(metrics, /^# TYPE cellgate_tcp_port_connections_total counter$/m);
  assert.match(metrics, /^subscribe_events_errors 0$/m);
  assert.doesNotMatch(metrics, /total_routes/);

  const client = new TcpClient(t, port);
  await client.ask('hello');
  await peer.until(() => peer.streams.tcp_routes.size === 1);
  peer.remove('tcp_routes', mapping(port, echo.port));
  await untilRefused(t, port);
  await client.ask('still there');
  peer.upsert('tcp_routes', mapping(port, echo.port));
  await untilServed(t, port);
  assert.doesNotMatch(router.stdout, /very secret|token-\d/);
});

test("§7.1 isolation_segments leave shared routes out, loudly, and cf-tcp-router's way serves them", async (t) => {
  const peer = await RoutingApiPeer.start(t);
  const [echo, ours, shared] = [await TcpServer.start(t), await freePort(), await freePort()];
  peer.items.router_groups.push(group(`${ours},${shared}`));
  peer.upsert('tcp_routes', mapping(ours, echo.port, { isolation_segment: 'one' }));
  peer.upsert('tcp_routes', mapping(shared, echo.port));
  const routing_api = { uri: 'http://127.0.0.1', port: peer.port, auth_disabled: true };
  const file = { routing_api, isolation_segments: ['one'] };

  const strict = new TcpRouterProcess(t, file);
  await strict.ready();
  await untilServed(t, ours);
  assert.ok(!strict.listening().includes(shared));
  const warning = /isolation_segments: only TCP routes of one are served, not the shared ones/;
  assert.match(strict.stderr, warning);
  assert.match(strict.stdout, warning);
  strict.kill('SIGTERM');
  assert.deepEqual(await strict.exited, [0, null]);

  const open = new TcpRouterProcess(t, { ...file, cellgate: { routing_table_sharding_mode: 'all' } });
  await open.ready();
  await untilServed(t, ours);
  await untilServed(t, shared);
  assert.doesNotMatch(open.stderr, warning);
});

test('§7.5 SIGUSR2 fails health checks for drain_wait, still serving, and then ends with 0', async (t) => {
  const { port, router, addresses } = await started(t, { drain_wait: '1500ms' });
  const client = new TcpClient(t, port);
  await client.ask('hello');
  router.kill('SIGUSR2');
  await router.logged('tcp-router-draining');
  assert.equal(await healthOf(addresses.health!), 503);
  await untilServed(t, port);
  await client.ask('still there');
  assert.deepEqual(await router.exited, [0, null]);
  assert.match(router.stdout, /"message":"[\w.-]+\.tcp-connections-cut".*"connections":1/);
  assert.match(router.stdout, /"message":"tcp-router\.exited"/);
  await client.closed;
});

test('§7.5 cellgate.drain_timeout waits for connections; SIGTERM in the middle does not', async (t) => {
  const { port, router } = await started(t, { drain_wait: '0s', cellgate: { drain_timeout: '100s' } });
  const client = new TcpClient(t, port);
  await client.ask('hello');
  router.kill('SIGUSR2');
  await untilRefused(t, port);
  await client.ask('still there');
  router.kill('SIGTERM');
  assert.deepEqual(await router.exited, [0, null]);
});

describe('§7.5 a signal ends the router with 0:', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2'] as const) {
    test(signal, async (t) => {
      const router = new TcpRouterProcess(t);
      await router.ready();
      router.kill('SIGHUP');
      await router.logged('signal.ignored');
      router.kill(signal);
      assert.deepEqual(await router.exited, [0, null]);
      assert.match(router.stdout, /"message":"tcp-router\.exited"/);
    });
  }
});

describe('§7.2 router groups with ports of system components:', () => {
  const sentence =
    "The reserved ports for router group 'default-tcp' contains the following reserved system component port(s): '1040'. Please update your router group accordingly.";
  const conflict = async (t: TestContext) => {
    const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
    peer.items.router_groups.push(group('1024-1123'));
    return fileFor(t, peer, { reserved_system_component_ports: [1040, 9100] });
  };

  test('are said, and the router starts', async (t) => {
    const router = new TcpRouterProcess(t, await conflict(t), ['-routingGroupCheckExit=false']);
    const data = await router.logged(
      'router-group-port-checker-failure: WARNING! In the future this will cause tcp_router to not start.',
    );
    assert.deepEqual(data, { error: sentence });
    await router.ready();
  });

  test('end the start with -routingGroupCheckExit', async (t) => {
    const router = new TcpRouterProcess(t, await conflict(t), ['-routingGroupCheckExit']);
    assert.deepEqual(await router.exited, [1, null]);
    assert.equal(router.stderr, `cellgate: ${sentence}\n`);
    assert.match(router.stdout, /"message":"[\w.-]+\.router-group-port-checker-failure: Exiting now\."/);
  });
});

test('§7.2 a routing API that is away does not keep the router from its other routes, and is found once it is there', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
  const [echo, own, other] = [await TcpServer.start(t), await freePort(), await freePort()];
  peer.items.router_groups.push(group(`${own},${other}`));
  peer.upsert('tcp_routes', mapping(other, echo.port), mapping(own, 1));
  for (const path of ['tcp_routes', 'router_groups', 'tcp_routes/events']) {
    peer.failures.set(`/routing/v1/${path}`, 500);
  }
  const routes = [{ port: own, backends: [`127.0.0.1:${echo.port}`] }];
  const router = new TcpRouterProcess(t, fileFor(t, peer, { cellgate: { tcp: { routes } } }));
  await router.ready();
  await untilServed(t, own);
  for (const message of [
    'router-group-port-checker-error:',
    'error-fetching-routes',
    'watcher.failed-subscribing-to-routing-api-event-stream',
  ]) {
    assert.match(JSON.stringify(await router.logged(message)), /answered 500/);
  }
  peer.failures.clear();
  await untilServed(t, other);
  // The configuration has claimed its port first.
  await untilServed(t, own);
  assert.match(router.stdout, /"message":"[\w.-]+\.tcp-route-refused".*"reason":"claimed-by-another"/);
});

test('C23 ports that are reserved, taken by others, or of no router group stay shut; all others are served', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
  const echo = await TcpServer.start(t);
  const [good, reserved, outside] = [await freePort(), await freePort(), await freePort()];
  peer.items.router_groups.push(group(`${good},${reserved},${echo.port},80`));
  for (const port of [reserved, outside, echo.port, 80, good]) {
    peer.upsert('tcp_routes', mapping(port, echo.port));
  }
  const file = fileFor(t, peer, { reserved_system_component_ports: [reserved] });
  const router = new TcpRouterProcess(t, file);
  const { health, routes } = await router.ready();
  await untilServed(t, good);
  await router.logged('tcp-port-blocked');
  assert.deepEqual(
    router.listening(),
    [good, health!, routes!].toSorted((a, b) => a - b),
  );
  assert.match(router.stdout, new RegExp(`"port":${reserved},[^}]*"reason":"port-reserved"`));
  assert.match(router.stdout, /"port":80,[^}]*"reason":"port-not-reservable"/);
  assert.match(router.stdout, new RegExp(`port ${outside} is none of router group 'default-tcp'`));
});

test('§7.3 while the routing API is away a route lives until its TTL ends', {
  timeout: 60_000,
}, async (t) => {
  const peer = await RoutingApiPeer.start(t);
  const [echo, port, longer] = [await TcpServer.start(t), await freePort(), await freePort()];
  peer.items.router_groups.push(group(`${port},${longer}`));
  peer.upsert('tcp_routes', mapping(port, echo.port, { ttl: 0 }), mapping(longer, echo.port));
  const { port: apiPort } = peer;
  const routing_api = { uri: 'http://127.0.0.1', port: apiPort, auth_disabled: true };
  const router = new TcpRouterProcess(t, { routing_api }, [
    ...['-defaultRouteExpiry', '3s', '-staleRouteCheckInterval', '500ms', '-syncInterval', '100ms'],
  ]);
  await router.ready();
  await untilServed(t, port);
  // Repeated by every list, it lives on: these take longer than its TTL.
  await peer.until(() => peer.count('/routing/v1/tcp_routes') > 40);
  await untilServed(t, port);
  await peer.close();
  await untilRefused(t, port);
  await untilServed(t, longer);
});

test('§7.1 §7.4 frontend_tls ends TLS at the router, and backend_tls speaks it to backends that are named right', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
  const shown: unknown[] = [];
  const backend = createServer(
    { ...authority.issue({ names: 'DNS:instance-1' }), ca: authority.cert, requestCert: true },
    (socket) => {
      shown.push(socket.getPeerCertificate().subject?.CN);
      socket.pipe(socket);
    },
  ).listen(0, '127.0.0.1');
  t.onTestFinished(() => void backend.close());
  await once(backend, 'listening');
  const port = await freePort();
  peer.items.router_groups.push(group(String(port)));
  peer.upsert('tcp_routes', {
    ...mapping(port, 0),
    backend_tls_port: (backend.address() as AddressInfo).port,
    instance_id: 'instance-1',
    terminate_frontend_tls: true,
    enable_backend_mtls: true,
  });
  const front = authority.issue({ names: 'DNS:db.example.com' });
  const router = new TcpRouterProcess(
    t,
    fileFor(t, peer, {
      frontend_tls: [{ name: 'db', cert_chain: front.cert, private_key: front.key }],
      backend_tls: {
        enabled: true,
        ca_cert_path: configFile(t, authority.cert),
        client_cert_and_key_path: configFile(t, identity.cert + identity.key),
      },
    }),
  );
  await router.ready();
  await router.logged('tcp-port-open');
  const client = connectTls({
    port,
    host: '127.0.0.1',
    servername: 'db.example.com',
    ca: authority.cert,
  });
  t.onTestFinished(() => void client.destroy());
  client.write('hello');
  const [answer] = await once(client, 'data');
  assert.equal(String(answer), 'hello');
  assert.equal(client.getPeerCertificate().subjectaltname, 'DNS:db.example.com');
  assert.deepEqual(shown, ['tcp_router']);
});

test('TCP routes come from NATS too where the file says so', async (t) => {
  const bus = await EmbeddedBus.listen({ host: '127.0.0.1', port: 0 });
  t.onTestFinished(() => bus.close());
  const [echo, port] = [await TcpServer.start(t), await freePort()];
  const router = new TcpRouterProcess(t, { nats: { hosts: [{ hostname: '127.0.0.1', port: bus.port }] } });
  await router.ready();
  const client = await NatsRawClient.connect(bus.port);
  t.onTestFinished(() => void client.socket.destroy());
  client.send('CONNECT {"verbose":false}\r\n');
  const payload = JSON.stringify({
    host: '127.0.0.1',
    port: echo.port,
    protocol: 'tcp',
    external_port: port,
  });
  client.send(`PUB router.register ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
  await untilServed(t, port);
});

describe('a start that is refused ends with 1 and one sentence:', () => {
  const refusal = async (router: CellgateProcess): Promise<string> => {
    assert.deepEqual(await router.exited, [1, null]);
    assert.match(router.stderr, /^cellgate: [^\n]+\n$/);
    return router.stderr.slice('cellgate: '.length, -1);
  };

  test('§7.2 no token', async (t) => {
    const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
    peer.failures.set('/oauth/token', 401);
    const router = new TcpRouterProcess(t, fileFor(t, peer));
    assert.match(await refusal(router), /^unable-to-fetch-token: .* answered 401$/);
    assert.match(router.stdout, /"message":"tcp-router\.failed-connecting-to-uaa"/);
  });

  test('a status port in use', async (t) => {
    const { port } = await TcpServer.start(t);
    const router = new TcpRouterProcess(t, { cellgate: { status: { port } } });
    assert.equal(
      await refusal(router),
      `status port ${port} is in use (127.0.0.1:${port}): choose another with cellgate.status.port`,
    );
  });

  test('no file', async (t) => {
    const router = new CellgateProcess(t, ['tcp', '-config', '/missing.yml']);
    assert.equal(
      await refusal(router),
      'Error loading config: /missing.yml: cannot be read: no such file or directory',
    );
    assert.match(
      router.stdout,
      /"message":"tcp-router\.failed-to-unmarshal-config-file","log_level":2,"data":\{"error":"\/missing\.yml: cannot/,
    );
  });
});

test('§7.1 cellgate tcp check says what a file means, with its secrets hidden, or what is wrong with it', async (t) => {
  const good = new CellgateProcess(t, [
    'tcp',
    'check',
    '--print',
    '-c',
    configFile(t, 'oauth: {client_secret: hunter2}\ndrain_wait: 7s\n'),
  ]);
  assert.deepEqual(await good.exited, [0, null]);
  assert.match(good.stdout, /^drain_wait: 7s$/m);
  assert.doesNotMatch(good.stdout, /hunter2/);
  const bad = new CellgateProcess(t, ['tcp', 'check', '-c', configFile(t, 'drain_wait: soon\n')]);
  assert.deepEqual(await bad.exited, [1, null]);
  assert.match(bad.stderr, /:1: drain_wait: expected a duration/);
});
