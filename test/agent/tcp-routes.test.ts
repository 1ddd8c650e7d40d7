import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { lifetimeOf } from '../../src/agent/tcp-mapping.ts';
import { AgentBed } from '../support/agent-process.ts';
import { Authority } from '../support/certificates.ts';
import { RoutingApiPeer } from '../support/routing-api-peer.ts';

const CLIENT = { name: 'registrar', secret: 'hunter2 with spaces' };
const GROUP = { guid: 'group-guid', name: 'default-tcp', type: 'tcp', reservable_ports: '1024-2000' };
const TCP = { type: 'tcp', router_group: 'default-tcp', host: '10.0.0.5', registration_interval: '20s' };

function access(port: number, scheme = 'http'): object {
  return {
    api_url: `${scheme}://127.0.0.1:${port}`,
    oauth_url: `${scheme}://127.0.0.1:${port}`,
    client_id: CLIENT.name,
    client_secret: CLIENT.secret,
  };
}

test('TCP routes, and those by server name, are created with a life of two intervals, and deleted at the end', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT });
  peer.items.router_groups.push({ ...GROUP, guid: 'other', name: 'other' }, GROUP);
  const agent = new AgentBed(t).start({
    routing_api: access(peer.port),
    routes: [
      { ...TCP, port: 15000, external_port: 5000 },
      {
        ...TCP,
        type: 'sni',
        external_port: 5001,
        sni_port: 17000,
        sni_routable_san: 'sni.example.com',
        sni_rewrite_san: 'backend.internal',
        terminate_frontend_tls: true,
        enable_backend_tls: true,
        alpns: ['http/1.1', 'h2'],
      },
    ],
  });
  await peer.until(() => new Set(peer.said.map(({ mapping }) => mapping['port'])).size === 2);
  const [plain, named] = ['5000', '5001'].map((port) =>
    peer.said.find(({ mapping }) => String(mapping['port']) === port),
  );
  assert.equal(
    JSON.stringify(plain?.mapping),
    '{"router_group_guid":"group-guid","backend_port":15000,"backend_tls_port":-1,"instance_id":"",' +
      '"backend_ip":"10.0.0.5","port":5000,"modification_tag":{"guid":"","index":0},"ttl":42,"isolation_segment":""}',
  );
  const { backend_port, backend_sni_hostname, sni_rewrite_hostname, terminate_frontend_tls } = named!.mapping;
  assert.deepEqual([backend_port, backend_sni_hostname], [17000, 'sni.example.com']);
  assert.deepEqual([sni_rewrite_hostname, terminate_frontend_tls], ['backend.internal', true]);
  assert.deepEqual([named!.mapping['alpns'], named!.mapping['enable_backend_mtls']], ['h2,http/1.1', true]);
  agent.kill('SIGTERM');
  assert.deepEqual(await agent.exited, [0, null]);
  assert.deepEqual(
    peer.said.slice(-2).map(({ verb }) => verb),
    ['delete', 'delete'],
  );
  assert.deepEqual(peer.items.tcp_routes, []);
  assert.ok(!`${agent.stdout}${agent.stderr}`.includes('hunter2'));
});

test('over TLS the API sees the certificate of the agent, and the UAA is believed by its authority', async (t) => {
  const authority = new Authority();
  const peer = await RoutingApiPeer.start(t, { client: CLIENT, authority });
  peer.items.router_groups.push(GROUP);
  const agents = new AgentBed(t);
  const identity = authority.issue({ subject: '/CN=agent' });
  const ca = agents.write('ca.pem', authority.cert);
  agents.start({
    routing_api: {
      ...access(peer.port, 'https'),
      ca_certs: ca,
      server_ca_cert_path: ca,
      client_cert_path: agents.write('cert.pem', identity.cert),
      client_private_key_path: agents.write('key.pem', identity.key),
    },
    routes: [{ ...TCP, port: 15000, external_port: 5000 }],
  });
  await peer.until(() => peer.said.length > 0);
  assert.ok(peer.shown.has('agent'));
});

test('an API that fails is told, and asked again with the next heartbeat; a token that is refused is replaced', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT });
  peer.items.router_groups.push(GROUP);
  peer.failures.set('/routing/v1/tcp_routes/create', 503);
  const agent = new AgentBed(t).start({
    routing_api: access(peer.port),
    routes: [{ ...TCP, port: 15000, external_port: 5000, registration_interval: '500ms' }],
  });
  await agent.until('"message":"Route Registrar.Failed to upsert route mapping"');
  peer.failures.clear();
  await peer.until(() => peer.said.length > 0);
  const before = peer.said.length;
  peer.revokeTokens();
  await peer.until(() => peer.tokensIssued === 2 && peer.said.length > before);
});

test('a route that the API does not delete is not drained before it does', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT });
  peer.items.router_groups.push(GROUP);
  const agents = new AgentBed(t);
  const agent = agents.start({
    routing_api: access(peer.port),
    routes: [{ ...TCP, name: 'db', port: 15000, external_port: 5000, cellgate: { drain_time: '10ms' } }],
  });
  await peer.until(() => peer.said.length > 0);
  peer.failures.set('/routing/v1/tcp_routes/delete', 503);
  const drain = agents.run('drain', 'db');
  await agent.until('"message":"Route Registrar.Failed to delete route mapping"');
  await agent.until('"message":"Route Registrar.drain-unheard"');
  assert.equal(drain.child.exitCode, null);
  assert.equal(peer.said.at(-1)?.verb, 'create');
  peer.failures.clear();
  assert.deepEqual(await drain.exited, [0, null]);
  assert.equal(peer.said.at(-1)?.verb, 'delete');
});

test('a router group that nobody knows is told, and looked for again', async (t) => {
  const peer = await RoutingApiPeer.start(t, { client: CLIENT });
  const agent = new AgentBed(t).start({
    routing_api: access(peer.port),
    routes: [{ ...TCP, port: 15000, external_port: 5000, registration_interval: '500ms' }],
  });
  await agent.until("Router group 'default-tcp' not found");
  peer.items.router_groups.push(GROUP);
  await peer.until(() => peer.said.length > 0);
});

test('a TCP route of a glob that there is no API for is told', async (t) => {
  const agents = new AgentBed(t);
  agents.write('db.yml', `routes: [${JSON.stringify({ ...TCP, name: 'db', port: 1, external_port: 5000 })}]`);
  const agent = agents.start({ dynamic_config_globs: [`${agents.folder}/*.yml`] });
  await agent.until('"message":"Route Registrar.route-cannot-be-announced"');
  await agent.until('"missing":"routing_api"');
});

test('a route lives for at least a second, and no longer than the API allows', () => {
  assert.deepEqual([lifetimeOf(20_000, 120_000), lifetimeOf(100_000, 120_000)], [42, 120]);
  assert.deepEqual([lifetimeOf(100, 120_000), lifetimeOf(120_000, 120_000)], [1, 120]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 1000, max: 1e9 }),
      (interval, longest) => {
        const seconds = lifetimeOf(interval, longest);
        assert.ok(seconds >= 1 && seconds * 1000 <= Math.max(longest, 1000));
        // A lost announcement does not cost the route, where that is possible at all.
        if (interval * 2.1 < longest && interval >= 10_000) assert.ok(seconds * 1000 > interval * 2);
      },
    ),
  );
});
