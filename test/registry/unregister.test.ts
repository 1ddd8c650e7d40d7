import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RegistryFixture, replicaOf, routeMessage } from '../support/registry-fixture.ts';

test('§1.6 unregistering takes the endpoint out of the named routes only', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ uris: ['a.com', 'b.com'] }));
  fixture.registry.register(routeMessage({ uris: ['a.com'], host: '10.0.0.2' }));
  fixture.registry.unregister(routeMessage({ uris: ['A.com/'] }));
  assert.deepEqual(fixture.addresses('a.com'), ['10.0.0.2:80']);
  assert.deepEqual(fixture.addresses('b.com'), ['10.0.0.1:80']);
});

test('§1.6 only the address has to match', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ appId: 'a', instanceId: 'i', tags: { x: 'y' } }));
  fixture.registry.unregister(routeMessage({ appId: 'b' }));
  assert.equal(fixture.registry.endpointCount, 0);
});

test('§1.6 the last endpoint takes its route with it', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage());
  fixture.takeLog();
  fixture.registry.unregister(routeMessage());
  assert.equal(fixture.registry.poolCount, 0);
  assert.deepEqual(replicaOf(fixture.changes), []);
  assert.deepEqual(fixture.log.messages, ['endpoint-unregistered', 'route-unregistered']);
});

test('§6.5 routes are counted as they come, and as they go with their last endpoint', () => {
  const fixture = new RegistryFixture();
  const counted = () => [fixture.tally.routesRegistered, fixture.tally.routesUnregistered];
  fixture.registry.register(routeMessage({ uris: ['a.com', 'b.com'] }));
  fixture.registry.register(routeMessage({ uris: ['a.com'], host: '10.0.0.2' }));
  fixture.registry.unregister(routeMessage({ uris: ['a.com'] }));
  assert.deepEqual(counted(), [2, 0]);
  fixture.registry.unregister(routeMessage({ uris: ['a.com'], host: '10.0.0.2' }));
  fixture.registry.unregister(routeMessage({ uris: ['a.com'], host: '10.0.0.2' }));
  assert.deepEqual(counted(), [2, 1]);
});

test('§1.6 an emptied pool stays when empty pools are kept for a time', () => {
  const fixture = new RegistryFixture({ keepEmptyPools: true, emptyPoolTimeout: 1000 });
  fixture.registry.register(routeMessage());
  fixture.registry.unregister(routeMessage());
  assert.deepEqual(fixture.addresses('foo.com'), []);
  assert.equal(replicaOf(fixture.snapshot()).length, 1);
});

test('§1.6 an emptied pool goes at once when empty pools are kept for no time', () => {
  const fixture = new RegistryFixture({ keepEmptyPools: true, emptyPoolTimeout: 0 });
  fixture.registry.register(routeMessage());
  fixture.registry.unregister(routeMessage());
  assert.equal(fixture.registry.poolCount, 0);
});

test('§1.6 unregistering what is not there changes nothing, but is logged and counted', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage());
  fixture.takeChanges();
  fixture.takeLog();
  fixture.registry.unregister(routeMessage({ host: '10.0.0.9' }));
  fixture.registry.unregister(routeMessage({ uris: ['unknown.com'] }));
  assert.deepEqual(fixture.takeChanges(), []);
  assert.deepEqual(fixture.log.messages, ['endpoint-not-unregistered', 'endpoint-not-unregistered']);
  assert.equal(fixture.tally.components.get('')!.unregistered, 2);
});
