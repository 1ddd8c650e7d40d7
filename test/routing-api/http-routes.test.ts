import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { decodeHttpRoute } from '../../src/routing-api/http-route.ts';
import { HttpRoutes } from '../../src/routing-api/http-routes.ts';
import { routingApi, WakingLog } from '../support/follower-fixture.ts';
import { RegistryFixture } from '../support/registry-fixture.ts';
import { type Failure, type Item, RoutingApiPeer } from '../support/routing-api-peer.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

function route(name: string, more: object = {}): Item {
  return { route: name, ip: '10.0.0.1', port: 80, ttl: 60, log_guid: 'guid', ...more };
}

const LIST = '/routing/v1/routes';
const EVENTS = '/routing/v1/events';

/** A registry that follows the peer. */
function follow(
  t: Ending,
  peer: RoutingApiPeer,
  syncInterval = 60_000,
  streamSilence = 60_000,
  requestTimeout = 150,
) {
  const table = new RegistryFixture();
  const log = new WakingLog();
  const api = routingApi(t, peer, {}, { streamSilence, requestTimeout });
  table.registry.onChange(() => log.wake());
  const { follower } = new HttpRoutes({
    api,
    registry: table.registry,
    syncInterval,
    retryInterval: 10,
    log,
  });
  follower.start();
  t.onTestFinished(() => follower.stop());
  const has = (key: string, ...addresses: string[]) => {
    return () => String(table.addresses(key) ?? '') === addresses.join();
  };
  return { table, log, api, follower, until: (met: () => boolean) => log.until(met), has };
}

test('§6.8 the whole list comes with each subscription, events in between, and what a list lacks is unregistered', async (t) => {
  const peer = await RoutingApiPeer.start(t);
  peer.upsert('routes', route('a.com'), route('b.com/path'));
  const { until, has } = follow(t, peer);
  await until(has('a.com', '10.0.0.1:80'));
  await until(has('b.com/path', '10.0.0.1:80'));
  peer.upsert('routes', route('a.com', { ip: '10.0.0.2' }));
  await until(has('a.com', '10.0.0.1:80', '10.0.0.2:80'));
  peer.remove('routes', route('a.com'));
  await until(has('a.com', '10.0.0.2:80'));
  // What goes while nobody listens has no event.
  peer.items.routes.shift();
  peer.dropStreams('routes');
  await until(has('b.com/path'));
  assert.equal(peer.count(LIST), 2);
});

test('§6.8 the list is fetched again and again', async (t) => {
  const peer = await RoutingApiPeer.start(t);
  peer.failures.set(EVENTS, 500);
  peer.upsert('routes', route('a.com'));
  const { until, has } = follow(t, peer, 20);
  await until(has('a.com', '10.0.0.1:80'));
  peer.items.routes.length = 0;
  await until(has('a.com'));
});

test("§6.8 an endpoint has the route's TTL, its log_guid for application and name, and no TLS", async (t) => {
  const peer = await RoutingApiPeer.start(t);
  peer.upsert('routes', route('a.com', { route_service_url: 'https://service.com', ttl: 33 }));
  const { table, until, has } = follow(t, peer);
  await until(has('a.com', '10.0.0.1:80'));
  const [endpoint] = table.registry.routes()['a.com']!;
  assert.deepEqual(endpoint, {
    address: '10.0.0.1:80',
    availability_zone: '',
    protocol: 'http1',
    tls: false,
    ttl: 33,
    route_service_url: 'https://service.com',
    tags: null,
    server_cert_domain_san: 'guid',
  });
  const line = table.log.lines.find(({ message }) => message === 'endpoint-registered');
  assert.equal(line?.data['application_id'], 'guid');
  assert.deepEqual(line?.data['modification_tag'], peer.items.routes[0]!.modification_tag);
});

test('C22 what arrives out of order is ignored, be it an upsert or a delete', async (t) => {
  const peer = await RoutingApiPeer.start(t);
  const at = (index: number, more: object = {}) =>
    JSON.stringify(route('a.com', { modification_tag: { guid: 'm', index }, ...more }));
  const { table, until, has } = follow(t, peer);
  await until(() => peer.streams.routes.size === 1 && peer.count(LIST) === 1);
  peer.send('routes', 'Upsert', at(5, { log_guid: 'newer' }));
  peer.send('routes', 'Upsert', at(4, { log_guid: 'older' }));
  peer.send('routes', 'Delete', at(4));
  peer.send('routes', 'Upsert', JSON.stringify(route('b.com')));
  await until(has('b.com', '10.0.0.1:80'));
  assert.equal(table.registry.routes()['a.com']?.[0]?.server_cert_domain_san, 'newer');
  // Another guid is another life of the route, whatever its index.
  peer.send(
    'routes',
    'Delete',
    JSON.stringify(route('a.com', { modification_tag: { guid: 'n', index: 0 } })),
  );
  await until(has('a.com'));
});

test('5 000 upserts that say nothing new reach no proxy thread, and keep their routes alive', async (t) => {
  const peer = await RoutingApiPeer.start(t);
  const routes = Array.from({ length: 5000 }, (_, i) => route(`app-${i}.com`));
  peer.upsert('routes', ...(routes as [Item]));
  const { table, until, has } = follow(t, peer);
  await until(has('app-4999.com', '10.0.0.1:80'));
  await until(() => table.registry.endpointCount === 5000);
  table.takeChanges();
  table.now = 59_000;
  peer.upsert('routes', ...(routes as [Item]), route('end.com'));
  await until(has('end.com', '10.0.0.1:80'));
  assert.deepEqual(
    table.takeChanges().map(({ kind }) => kind),
    ['pool-put', 'endpoint-put'],
  );
  table.now = 100_000;
  table.prune(true);
  assert.equal(table.registry.endpointCount, 5001);
});

describe('C23 the last good table stays, one line says why, and it is asked again:', () => {
  const failures: readonly [Failure, RegExp][] = [
    [401, /\/routing\/v1\/routes answered 401$/],
    [500, /\/routing\/v1\/routes answered 500$/],
    [503, /answered 503$/],
    ['slow', /did not answer in time$/],
    ['silent', /did not answer in time$/],
    ['malformed', /answered something else than JSON$/],
    ['no-list', /answered something else than a list$/],
    ['dropped', /\/routing\/v1\/routes: /],
    ['huge', /answered more than 64 MiB$/],
  ];
  for (const [failure, error] of failures) {
    test(`a list that fails: ${failure}`, async (t) => {
      const peer = await RoutingApiPeer.start(t);
      peer.upsert('routes', route('a.com'));
      const { log, until, has } = follow(t, peer, 30, 60_000, failure === 'huge' ? 20_000 : 150);
      await until(has('a.com', '10.0.0.1:80'));
      peer.items.routes.length = 0;
      peer.failures.set(LIST, failure);
      await until(() => log.of('failed-to-fetch-routes').length === 1);
      assert.match(String(log.of('failed-to-fetch-routes')[0]!.data['error']), error);
      assert.ok(has('a.com', '10.0.0.1:80')());
      peer.failures.delete(LIST);
      await until(has('a.com'));
    });
  }

  for (const failure of [401, 500, 'silent', 'malformed', 'dropped', 'huge'] as const) {
    test(`a stream that fails: ${failure}`, async (t) => {
      const peer = await RoutingApiPeer.start(t);
      peer.upsert('routes', route('a.com'));
      const { log, api, until, has } = follow(t, peer);
      await until(has('a.com', '10.0.0.1:80'));
      peer.failures.set(EVENTS, failure);
      peer.dropStreams('routes');
      const failed = () =>
        log.of('Failed-to-subscribe-to-routing-api-event-stream').length +
        log.of('failed-getting-next-event').length;
      await until(() => failed() >= 3);
      assert.ok(has('a.com', '10.0.0.1:80')());
      assert.equal(api.subscribeEventsErrors, failed());
      peer.failures.delete(EVENTS);
      await peer.until(() => peer.streams.routes.size === 1);
      peer.upsert('routes', route('b.com'));
      await until(has('b.com', '10.0.0.1:80'));
    });
  }

  test('the whole server away, and back', async (t) => {
    const peer = await RoutingApiPeer.start(t);
    peer.upsert('routes', route('a.com'));
    const { table, log, until, has } = follow(t, peer);
    await until(has('a.com', '10.0.0.1:80'));
    await peer.close();
    await until(() => log.of('Failed-to-subscribe-to-routing-api-event-stream').length >= 2);
    assert.match(
      String(log.of('Failed-to-subscribe-to-routing-api-event-stream')[0]!.data['error']),
      /ECONNREFUSED|connection/i,
    );
    assert.ok(has('a.com', '10.0.0.1:80')());
    // Nothing keeps it for longer than its TTL.
    table.now = 61_000;
    table.prune(true);
    assert.ok(has('a.com')());
    await peer.listen();
    await until(has('a.com', '10.0.0.1:80'));
  });

  test('events that are none', async (t) => {
    const peer = await RoutingApiPeer.start(t);
    const { log, until, has } = follow(t, peer);
    await peer.until(() => peer.streams.routes.size === 1);
    for (const data of ['no json', '[]', 'null', '{"route": 1}', JSON.stringify(route('x y'))]) {
      peer.send('routes', 'Upsert', data);
    }
    peer.send('routes', 'Rename', '{}');
    peer.upsert('routes', route('a.com'));
    await until(has('a.com', '10.0.0.1:80'));
    await until(() => log.of('routing-api-event-refused').length === 5);
    assert.equal(peer.streams.routes.size, 1);
  });

  test('bad routes among good ones: one line, and none while nothing changes', async (t) => {
    const peer = await RoutingApiPeer.start(t);
    peer.upsert('routes', route('a.com'), route('b.com', { port: 0 }), route('c.com', { ip: '' }));
    const { log, until, has } = follow(t, peer, 10);
    await until(has('a.com', '10.0.0.1:80'));
    await peer.until(() => peer.count(LIST) > 3);
    assert.deepEqual(
      log.of('routing-api-routes-refused').map(({ data }) => data),
      [
        {
          refused: 2,
          error: 'port: allowed: an integer from 1 to 65535; ip: found "", allowed: an address or a name',
        },
      ],
    );
  });
});

test('a stream on which nothing is said for long is opened anew, which is no error', async (t) => {
  const peer = await RoutingApiPeer.start(t);
  const { log, api, until } = follow(t, peer, 60_000, 500);
  await until(() => log.of('Successfully-subscribed-to-routing-api-event-stream').length === 2);
  assert.equal(log.of('routing-api-stream-silent').length, 1);
  assert.equal(api.subscribeEventsErrors, 0);
});

test('a list that was under way when the stream came back is fetched again: it may miss what happened', async (t) => {
  const peer = await RoutingApiPeer.start(t);
  peer.failures.set(LIST, 'silent');
  const { until, has } = follow(t, peer);
  await peer.until(() => peer.count(LIST) === 1);
  peer.dropStreams('routes');
  await peer.until(() => peer.count(EVENTS) === 2);
  peer.upsert('routes', route('a.com'));
  // The first list is given up in the end; its successor has the route.
  peer.failures.delete(LIST);
  await until(has('a.com', '10.0.0.1:80'));
  await peer.until(() => peer.count(LIST) >= 2);
});

test('§7.6 no value whatever makes decoding a route throw', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void decodeHttpRoute(value)));
  const good = { ...route('a.com'), modification_tag: { guid: 'm', index: 1 }, route_service_url: '' };
  assert.ok(decodeHttpRoute(good).ok);
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(good)), fc.jsonValue(), (key, value) => {
      const decoded = decodeHttpRoute({ ...good, [key]: value });
      if (!decoded.ok) assert.ok(decoded.error !== '');
    }),
  );
});
