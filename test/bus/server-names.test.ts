import assert from 'node:assert/strict';
import { test } from 'vitest';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { routingApi } from '../support/follower-fixture.ts';
import { busOptions } from '../support/route-bus.ts';
import { RoutingApiPeer } from '../support/routing-api-peer.ts';

// A name below localhost is known to the router's own way (RFC 6761 §6.3), and not to the C library's as it is set up nearly
// everywhere: who finds it has not used the two places that the latter has for the whole process.

test('servers of the bus are looked up apart from all other names', async (t) => {
  const server = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => server.close());
  const bus = await connectBus(
    busOptions([], { servers: [{ hostname: 'nats.localhost', port: server.port }] }),
  );
  await bus.flush();
  await bus.close();
});

test('so is the routing API', async (t) => {
  const peer = await RoutingApiPeer.start(t);
  peer.upsert('routes', { route: 'app.test', ip: '10.0.0.1', port: 80 });
  const api = routingApi(t, peer, {}, { url: `http://routing-api.localhost:${peer.port}` });
  const list = await api.list('/routing/v1/routes', new AbortController().signal);
  assert.equal(list.length, 1);
});
