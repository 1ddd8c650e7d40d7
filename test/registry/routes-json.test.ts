import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

test('§6.2 routes and tags are sorted, and empty fields are left out as gorouter does', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(
    routeMessage({
      uris: ['z.com', 'a.com/x'],
      availabilityZone: 'z1',
      tls: true,
      staleThreshold: 60,
      routeServiceUrl: 'https://rs',
      tags: { b: '2', a: '1' },
      isolationSegment: 'is',
      instanceId: 'i',
      serverCertDomainSan: 'san',
      loadBalancing: 'least-connection',
    }),
  );
  fixture.registry.register(routeMessage({ uris: ['m.com'] }));
  const full =
    '[{"address":"10.0.0.1:80","availability_zone":"z1","protocol":"http1","tls":true,"ttl":60,' +
    '"route_service_url":"https://rs","tags":{"a":"1","b":"2"},"isolation_segment":"is",' +
    '"private_instance_id":"i","server_cert_domain_san":"san","load_balancing_algorithm":"least-connection"}]';
  const bare =
    '[{"address":"10.0.0.1:80","availability_zone":"","protocol":"http1","tls":false,"ttl":120,"tags":null}]';
  assert.equal(
    JSON.stringify(fixture.registry.routes()),
    `{"a.com/x":${full},"m.com":${bare},"z.com":${full}}`,
  );
});

test('§6.2 an empty pool shows as an empty list', () => {
  const fixture = new RegistryFixture({ keepEmptyPools: true, emptyPoolTimeout: 1000 });
  fixture.registry.register(routeMessage());
  fixture.registry.unregister(routeMessage());
  assert.equal(JSON.stringify(fixture.registry.routes()), '{"foo.com":[]}');
});

test('a route named like a property of every object is shown like any other', () => {
  const fixture = new RegistryFixture();
  const tags = JSON.parse('{"__proto__":"t"}');
  fixture.registry.register(routeMessage({ uris: ['__proto__', 'constructor'], tags }));
  const shown = JSON.stringify(fixture.registry.routes());
  assert.match(shown, /^\{"__proto__":\[\{.*"tags":\{"__proto__":"t"\}.*"constructor":\[\{/);
});

test('X12 no piece of the table is long, whether of many routes or of one with many endpoints', () => {
  const fixture = new RegistryFixture({}, 20_000);
  const { registry } = fixture;
  for (let each = 0; each < 20_000; each++) {
    const host = `10.0.${each >> 8}.${each & 255}`;
    registry.register(routeMessage({ host, uris: ['many.com', `${each % 5000}.com`] }));
  }
  const pieces = [...registry.routesText()];
  assert.ok(pieces.every(({ length }) => length < 40_000));
  assert.equal(Object.keys(JSON.parse(pieces.join(''))).length, 5001);
  assert.equal(JSON.parse(pieces.join(''))['many.com'].length, 20_000);
});
