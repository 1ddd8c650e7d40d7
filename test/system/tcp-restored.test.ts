import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { configFile, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { type Item, RoutingApiPeer } from '../support/routing-api-peer.ts';
import { TcpServer, untilServed } from '../support/tcp-echo.ts';
import { TcpRouterProcess } from '../support/tcp-router-process.ts';

/** Between two looks at a page that tells nobody of its changes. Milliseconds. */
const LOOK_MS = 20;

async function scene(t: TestContext) {
  const peer = await RoutingApiPeer.start(t);
  const [echo, port, other] = [await TcpServer.start(t), await freePort(), await freePort()];
  const ports = `${port},${other}`;
  peer.items.router_groups.push({ guid: 'g', name: 'default-tcp', type: 'tcp', reservable_ports: ports });
  const mapping = (at: number): Item => {
    const backend = { backend_ip: '127.0.0.1', backend_port: echo.port, ttl: 120 };
    return { router_group_guid: 'g', port: at, ...backend };
  };
  const routing_api = { uri: 'http://127.0.0.1', port: peer.port };
  // Nobody answers for it, so that without what it knew the router does not start.
  const oauth = { token_endpoint: '127.0.0.1', port: await freePort(), skip_ssl_validation: true };
  const cellgate = { state_dir: temporaryDirectory(t), status: { port: await freePort() } };
  const file = (authDisabled: boolean) => ({
    routing_api: { ...routing_api, auth_disabled: authDisabled },
    oauth,
    cellgate,
  });
  return { peer, port, other, mapping, file };
}

async function health(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/health`)).text();
}

test('2.2.4 a router for TCP alone serves what the last one knew while its routing API is away', async (t) => {
  const { peer, port, other, mapping, file } = await scene(t);
  peer.upsert('tcp_routes', mapping(port));
  const before = new TcpRouterProcess(t, file(true));
  await before.ready();
  await untilServed(t, port);
  before.kill('SIGTERM');
  assert.deepEqual(await before.exited, [0, null]);
  await peer.close();

  const after = new TcpRouterProcess(t, file(true));
  const addresses = await after.ready();
  await untilServed(t, port);
  assert.equal(await health(addresses.health!), 'ok\nTCP table from snapshot: 1 of 1 backends\n');
  peer.upsert('tcp_routes', mapping(other));
  await peer.listen();
  await untilServed(t, other);
  while ((await health(addresses.health!)) !== 'ok\n') await delay(LOOK_MS);
});

test('2.2.4 neither without a token, and with nothing that it knows it ends with 1', async (t) => {
  const { peer, port, mapping, file } = await scene(t);
  const options = ['-tokenFetchRetryInterval=10ms'];
  const nothing = new TcpRouterProcess(t, file(false), options);
  assert.deepEqual(await nothing.exited, [1, null]);
  peer.upsert('tcp_routes', mapping(port));
  const before = new TcpRouterProcess(t, file(true));
  await before.ready();
  await untilServed(t, port);
  before.kill('SIGTERM');
  await before.exited;
  const after = new TcpRouterProcess(t, file(false), options);
  await after.ready();
  await untilServed(t, port);
});

test('2.2.4 a UAA that refuses the router ends its start, whatever that knew: it is no outage', async (t) => {
  const { port, mapping, file } = await scene(t);
  const authority = new Authority();
  const client = { name: 'tcp_router', secret: 'very secret' };
  const peer = await RoutingApiPeer.start(t, { client, authority });
  const identity = authority.issue({ subject: '/CN=tcp_router' });
  const ports = String(port);
  peer.items.router_groups.push({ guid: 'g', name: 'default-tcp', type: 'tcp', reservable_ports: ports });
  peer.upsert('tcp_routes', mapping(port));
  const ca = configFile(t, authority.cert);
  const knownAs = (client_secret: string) => ({
    ...file(false),
    oauth: {
      token_endpoint: '127.0.0.1',
      port: peer.port,
      client_name: client.name,
      client_secret,
      ca_certs: ca,
    },
    routing_api: {
      uri: 'https://127.0.0.1',
      port: peer.port,
      client_cert_path: configFile(t, identity.cert),
      client_private_key_path: configFile(t, identity.key),
      ca_cert_path: ca,
    },
  });
  const before = new TcpRouterProcess(t, knownAs(client.secret));
  await before.ready();
  await untilServed(t, port);
  before.kill('SIGTERM');
  await before.exited;
  const wrong = new TcpRouterProcess(t, knownAs('another'));
  assert.deepEqual(await wrong.exited, [1, null]);
  assert.match(wrong.stderr, /unable-to-fetch-token: .* answered 401/);
});
