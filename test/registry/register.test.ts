import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { RegistryFixture, replicaOf, routeMessage } from '../support/registry-fixture.ts';

test('§1.5 the first registration of a route makes a pool and puts the endpoint into it', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(
    routeMessage({
      uris: ['Foo.com/API/?q'],
      loadBalancing: 'least-connection',
      routeServiceUrl: 'https://rs',
    }),
  );
  const [pool, ...others] = replicaOf(fixture.changes);
  assert.deepEqual(others, []);
  assert.deepEqual(pool!.settings, {
    id: 1,
    routeKey: 'foo.com/api',
    contextPath: '/API/',
    loadBalancing: 'least-connection',
    hashHeader: '',
    hashBalance: 0,
    routeServiceUrl: 'https://rs',
    routePolicy: null,
    split: null,
  });
  assert.deepEqual(
    pool!.members.map(({ address, backend: { seat }, staleThreshold }) => ({
      address,
      seat,
      staleThreshold,
    })),
    [{ address: '10.0.0.1:80', seat: 0, staleThreshold: 120 }],
  );
  assert.equal(fixture.registry.poolCount, 1);
  assert.equal(fixture.registry.endpointCount, 1);
});

test('§1.5 registration logs the new route, then the endpoint with its attributes', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ appId: 'app', instanceId: 'i', tls: true, port: 443 }));
  assert.deepEqual(fixture.takeLog(), [
    { level: 'debug', message: 'uri-added', data: { uri: 'foo.com' } },
    { level: 'info', message: 'route-registered', data: { uri: 'foo.com' } },
    {
      level: 'info',
      message: 'endpoint-registered',
      data: {
        uri: 'foo.com',
        route_service_url: '',
        backend: '10.0.0.1:443',
        application_id: 'app',
        instance_id: 'i',
        server_cert_domain_san: '',
        protocol: 'http1',
        modification_tag: { guid: '', index: 0 },
        isolation_segment: '-',
        isTLS: true,
      },
    },
  ]);
});

test('§1.5 an unchanged heartbeat changes nothing, logs nothing and is counted', () => {
  const fixture = new RegistryFixture();
  const tags = { component: 'route-emitter' };
  fixture.registry.register(routeMessage({ tags }));
  fixture.takeChanges();
  fixture.takeLog();
  fixture.now = 5000;
  fixture.registry.register(routeMessage({ tags: { ...tags } }));
  assert.deepEqual(fixture.takeChanges(), []);
  assert.deepEqual(fixture.takeLog(), []);
  assert.deepEqual(fixture.tally.components.get('route-emitter'), {
    added: 1,
    updated: 0,
    refreshed: 1,
    unmodified: 0,
    unregistered: 0,
  });
  assert.equal(fixture.registry.millisecondsSinceUpdate(), 0);
});

test('§1.5 a change of any field replaces the endpoint in its place', () => {
  const changes = {
    tls: true,
    protocol: 'http2',
    serverCertDomainSan: 'san',
    appId: 'app',
    instanceId: 'instance',
    instanceIndex: '1',
    availabilityZone: 'z2',
    isolationSegment: 'is',
    routeServiceUrl: 'https://rs',
    tags: { a: 'b' },
    staleThreshold: 10,
    updatedAtNs: '1',
    loadBalancing: 'least-connection',
  } as const;
  for (const [name, value] of Object.entries(changes)) {
    const fixture = new RegistryFixture();
    fixture.registry.register(routeMessage({ tags: { a: 'a', b: '' } }));
    fixture.registry.register(routeMessage({ host: '10.0.0.2' }));
    fixture.registry.register(routeMessage({ tags: { a: 'a', b: '' }, [name]: value }));
    const members = replicaOf(fixture.changes)[0]!.members;
    assert.deepEqual(
      members.map(({ address }) => address),
      ['10.0.0.1:80', '10.0.0.2:80'],
      name,
    );
    assert.deepEqual(members[0]![name as 'tls'], value);
    assert.equal(fixture.tally.components.get('')!.updated, 1, name);
    assert.equal(fixture.log.lines.at(-1)!.level, 'debug', name);
  }
});

test('§1.5 a tag more or less is a change', () => {
  const fixture = new RegistryFixture();
  for (const tags of [{ a: '1' }, { a: '1', b: '2' }, { a: '1' }, null, {}]) {
    fixture.registry.register(routeMessage({ tags }));
  }
  assert.equal(fixture.tally.components.get('')!.updated, 4);
});

test('§1.5 one endpoint is written down once for all its routes, also for those added later', () => {
  const fixture = new RegistryFixture();
  const records: number[] = [];
  fixture.registry.onChange((change) => {
    if (change.kind === 'endpoint-put') records.push(change.record);
  });
  fixture.registry.register(routeMessage({ uris: ['a.com'] }));
  fixture.registry.register(routeMessage({ uris: ['b.com', 'a.com', 'c.com'] }));
  assert.equal(records.length, 3);
  assert.equal(new Set(records).size, 1);
});

test('§1.5 the pool follows the last registration that says something new, and keeps its algorithm when that has none', () => {
  const fixture = new RegistryFixture();
  const first = routeMessage({ loadBalancing: 'least-connection', routeServiceUrl: 'https://one' });
  const second = routeMessage({ host: '10.0.0.2', routeServiceUrl: 'https://two' });
  const settings = () => {
    const { loadBalancing, routeServiceUrl } = replicaOf(fixture.changes)[0]!.settings;
    return [loadBalancing, routeServiceUrl];
  };
  fixture.registry.register(first);
  assert.deepEqual(settings(), ['least-connection', 'https://one']);
  fixture.registry.register(second);
  assert.deepEqual(settings(), ['least-connection', 'https://two']);
  fixture.takeLog();
  for (let heartbeat = 0; heartbeat < 3; heartbeat++) {
    fixture.registry.register(first);
    fixture.registry.register(second);
  }
  assert.deepEqual(settings(), ['least-connection', 'https://two']);
  assert.deepEqual(fixture.takeLog(), []);
  fixture.registry.register({ ...first, instanceIndex: '1' });
  assert.deepEqual(settings(), ['least-connection', 'https://one']);
});

test('§2.5 hash takes its header and balance along; the next algorithm forgets them', () => {
  const fixture = new RegistryFixture();
  const settings = () => {
    const { loadBalancing, hashHeader, hashBalance } = replicaOf(fixture.changes)[0]!.settings;
    return [loadBalancing, hashHeader, hashBalance];
  };
  fixture.registry.register(routeMessage({ loadBalancing: 'hash', hashHeader: 'x-user', hashBalance: 1.5 }));
  assert.deepEqual(settings(), ['hash', 'x-user', 1.5]);
  assert.deepEqual(fixture.registry.routes()['foo.com']?.[0]?.hash_header, 'x-user');
  assert.deepEqual(fixture.registry.routes()['foo.com']?.[0]?.hash_balance, 1.5);
  fixture.registry.register(routeMessage({ host: '10.0.0.2' }));
  assert.deepEqual(settings(), ['hash', 'x-user', 1.5]);
  fixture.registry.register(routeMessage({ loadBalancing: 'round-robin' }));
  assert.deepEqual(settings(), ['round-robin', '', 0]);
});

test('§6.5 routes that are balanced by hash tell how many endpoints they have, as long as they are', () => {
  const fixture = new RegistryFixture();
  const hashed = { uris: ['a.com/x', 'b.com'], loadBalancing: 'hash', hashHeader: 'x-user' } as const;
  fixture.registry.register(routeMessage(hashed));
  fixture.registry.register(routeMessage({ uris: ['a.com/x', 'plain.com'], host: '10.0.0.2' }));
  assert.deepEqual(fixture.registry.hashedRoutes(), [
    { route: 'a.com/x', endpoints: 2 },
    { route: 'b.com', endpoints: 1 },
  ]);
  fixture.registry.register(routeMessage({ uris: ['a.com/x'], loadBalancing: 'round-robin' }));
  fixture.registry.unregister(routeMessage({ uris: ['b.com'] }));
  assert.deepEqual(fixture.registry.hashedRoutes(), []);
});

describe('§2.6 an endpoint with TLS that failed', () => {
  const message = routeMessage({ uris: ['a.com', 'b.com'], tls: true, serverCertDomainSan: 'instance' });

  function failed() {
    const fixture = new RegistryFixture({ keepEmptyPools: true });
    fixture.registry.register(message);
    const [a] = replicaOf(fixture.changes);
    const endpoint = a!.members[0]!;
    const { id: pool, routeKey } = a!.settings;
    return { fixture, failure: { pool, routeKey, address: endpoint.address, seat: endpoint.backend.seat } };
  }

  test('leaves its pool, no other, and is in it again with the next unchanged heartbeat', () => {
    const { fixture, failure } = failed();
    fixture.takeLog();
    fixture.registry.pruneFailed(failure);
    assert.deepEqual([fixture.addresses('a.com'), fixture.addresses('b.com')], [[], ['10.0.0.1:80']]);
    assert.deepEqual(fixture.log.messages, ['prune-failed-endpoint']);
    fixture.registry.pruneFailed(failure);
    assert.deepEqual(fixture.log.messages, ['prune-failed-endpoint'], 'said twice, done once');
    fixture.registry.register(message);
    assert.deepEqual(fixture.addresses('a.com'), ['10.0.0.1:80']);
    assert.deepEqual(replicaOf(fixture.changes)[0]!.members.length, 1);
  });

  test('leaves an empty pool until the next round', () => {
    const { fixture, failure } = failed();
    fixture.registry.pruneFailed(failure);
    assert.equal(fixture.registry.poolCount, 2);
    fixture.prune(true);
    assert.equal(fixture.registry.poolCount, 1);
  });

  test('is not mistaken for another backend that has its address now', () => {
    const { fixture, failure } = failed();
    fixture.registry.register({ ...message, serverCertDomainSan: 'another' });
    fixture.registry.pruneFailed(failure);
    assert.deepEqual(fixture.addresses('a.com'), ['10.0.0.1:80']);
  });
});

test('§1.5 a registration can only shorten the stale threshold', () => {
  const fixture = new RegistryFixture();
  for (const [port, staleThreshold] of [
    [1, 0],
    [2, 30],
    [3, 120],
    [4, 500],
  ] as const) {
    fixture.registry.register(routeMessage({ port, staleThreshold }));
  }
  const ttls = fixture.registry.routes()['foo.com']!.map(({ ttl }) => ttl);
  assert.deepEqual(ttls, [120, 30, 120, 120]);
});

test('§1.5 only registrations move the time of the last update', () => {
  const fixture = new RegistryFixture();
  assert.equal(fixture.registry.millisecondsSinceUpdate(), -1);
  fixture.registry.unregister(routeMessage());
  assert.equal(fixture.registry.millisecondsSinceUpdate(), -1);
  fixture.registry.register(routeMessage());
  fixture.now = 1500;
  fixture.registry.unregister(routeMessage());
  assert.equal(fixture.registry.millisecondsSinceUpdate(), 1500);
});

test('§2.8 endpoints of foreign isolation segments are ignored without a trace', () => {
  const accepted = (mode: 'all' | 'shared-and-segments' | 'segments') => {
    const fixture = new RegistryFixture({ sharding: { mode, segments: ['mine'] } });
    for (const isolationSegment of ['', 'mine', 'foreign']) {
      fixture.registry.register(routeMessage({ uris: [`x${isolationSegment}`], isolationSegment }));
    }
    fixture.registry.unregister(routeMessage({ uris: ['xforeign'], isolationSegment: 'foreign' }));
    return Object.keys(fixture.registry.routes());
  };
  assert.deepEqual(accepted('all'), ['x', 'xmine']);
  assert.deepEqual(accepted('shared-and-segments'), ['x', 'xmine']);
  assert.deepEqual(accepted('segments'), ['xmine']);
});

test('metric labels stay bounded whatever components register', () => {
  const fixture = new RegistryFixture();
  for (let i = 0; i < 1000; i++) {
    fixture.registry.register(routeMessage({ port: i + 1, tags: { component: `c${i}` } }));
  }
  assert.equal(fixture.tally.components.size, 257);
  assert.equal(fixture.tally.components.get('other')!.added, 744);
});

test('§1.5 the latency of a registration is that of new endpoints with a stamp, once the start is over', () => {
  const latencies: number[] = [];
  const table = new RegistryFixture({
    latency: { wallNow: () => 5000.5, from: 100, observe: (milliseconds) => latencies.push(milliseconds) },
  });
  const stamped = { updatedAtNs: '5000000000' };
  table.registry.register(routeMessage({ host: '10.0.0.1', ...stamped }));
  table.now = 100;
  table.registry.register(routeMessage({ host: '10.0.0.1', ...stamped }));
  table.registry.register(routeMessage({ host: '10.0.0.2' }));
  assert.deepEqual(latencies, []);
  table.registry.register(routeMessage({ host: '10.0.0.3', ...stamped }));
  assert.deepEqual(latencies, [0.5]);
});

test('§1.5 an endpoint with a modification tag is changed by a newer one alone, and kept alive without a change', () => {
  const fixture = new RegistryFixture();
  const { registry, tally } = fixture;
  const at = (guid: string, index: number) => ({ guid, index });
  registry.register(routeMessage({ appId: 'one' }), undefined, at('m', 3));
  fixture.takeChanges();
  fixture.now = 60_000;
  registry.register(routeMessage({ appId: 'two' }), undefined, at('m', 3));
  registry.register(routeMessage({ appId: 'one' }), undefined, at('m', 2));
  assert.equal(tally.components.get('')?.unmodified, 2);
  assert.equal(fixture.log.lines.at(-1)?.message, 'endpoint-not-registered');
  // Neither was a heartbeat: it ages.
  assert.equal(registry.millisecondsSinceUpdate(), 60_000);
  registry.register(routeMessage({ appId: 'one' }), undefined, at('m', 4));
  registry.register(routeMessage({ appId: 'one' }), undefined, at('m', 4));
  assert.equal(tally.components.get('')?.refreshed, 2);
  assert.equal(registry.millisecondsSinceUpdate(), 0);
  assert.deepEqual(fixture.takeChanges(), []);
  registry.register(routeMessage({ appId: 'two' }), undefined, at('m', 5));
  assert.equal(fixture.takeChanges().length, 1);

  registry.unregister(routeMessage(), at('m', 4));
  assert.equal(registry.endpointCount, 1);
  registry.unregister(routeMessage(), at('m', 5));
  assert.equal(registry.endpointCount, 0);
});

test('§1.5 another guid succeeds whatever its index, and so does a message without a tag', () => {
  const fixture = new RegistryFixture();
  const { registry } = fixture;
  const appId = () => fixture.changes.at(-1);
  registry.register(routeMessage({ appId: 'one' }), undefined, { guid: 'm', index: 3 });
  registry.register(routeMessage({ appId: 'two' }), undefined, { guid: 'n', index: 0 });
  assert.partialDeepStrictEqual(appId(), { endpoint: { appId: 'two' } });
  registry.register(routeMessage({ appId: 'three' }));
  assert.partialDeepStrictEqual(appId(), { endpoint: { appId: 'three' } });
  registry.register(routeMessage({ appId: 'four' }), undefined, { guid: 'n', index: 0 });
  assert.partialDeepStrictEqual(appId(), { endpoint: { appId: 'four' } });
});

test('§1.5 a pool has the policy of its last registration, and none when that has none', () => {
  const fixture = new RegistryFixture();
  const policy = () => replicaOf(fixture.changes)[0]!.settings.routePolicy;
  const shown = () => {
    const [endpoint] = fixture.registry.routes()['foo.com']!;
    return [endpoint!.route_policy_scope, endpoint!.route_policies];
  };
  const scoped = (...sources: string[]) => ({ scope: 'org', sources });
  fixture.registry.register(routeMessage());
  assert.equal(policy(), null);
  assert.deepEqual(shown(), [undefined, undefined]);
  fixture.registry.register(routeMessage({ routePolicy: scoped('cf:any') }));
  assert.deepEqual(policy(), scoped('cf:any'));
  assert.deepEqual(shown(), ['org', ['cf:any']]);
  const changes = fixture.changes.length;
  fixture.registry.register(routeMessage({ routePolicy: scoped('cf:any') }));
  assert.equal(fixture.changes.length, changes, 'the same again is a heartbeat');
  fixture.registry.register(routeMessage({ routePolicy: scoped() }));
  assert.deepEqual(policy(), scoped());
  assert.deepEqual(shown(), ['org', undefined]);
  fixture.registry.register(routeMessage());
  assert.equal(policy(), null);
});
