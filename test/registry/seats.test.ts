import assert from 'node:assert/strict';
import { test } from 'vitest';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { seatOf } from '../../src/routing/seat.ts';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

function seatsOf(fixture: RegistryFixture): number[] {
  return fixture
    .snapshot()
    .flatMap((change) => (change.kind === 'endpoint-put' ? change.endpoint.backend.seat : []));
}

test('§1.5 a backend has one seat on all its routes and keeps it when only metadata changes', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ uris: ['a.com', 'b.com'] }));
  fixture.registry.register(routeMessage({ uris: ['b.com'], tags: { x: 'y' }, updatedAtNs: '7' }));
  assert.deepEqual(seatsOf(fixture), [0, 0]);
});

test('C11-21 another instance at the same address is another backend', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ instanceId: 'old' }));
  fixture.registry.register(routeMessage({ instanceId: 'new' }));
  assert.deepEqual(seatsOf(fixture), [1]);
});

test('another application at the same address is another backend, whether or not it names an instance', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ uris: ['a.com', 'b.com'], appId: 'a' }));
  fixture.registry.register(routeMessage({ uris: ['b.com'], appId: 'b' }));
  assert.deepEqual(seatsOf(fixture), [0, 1]);
});

test('the backend that was replaced gives its slot back', () => {
  const fixture = new RegistryFixture({}, 2);
  for (const instanceId of ['a', 'b', 'c', 'd']) fixture.registry.register(routeMessage({ instanceId }));
  assert.equal(fixture.registry.routes()['foo.com']![0]!.private_instance_id, 'd');
  assert.equal(fixture.tally.registrationsRefused, 0);
});

test('a slot is free again only when its backend has left the last pool, and is another seat then', () => {
  const fixture = new RegistryFixture({}, 1);
  const next = routeMessage({ uris: ['c.com'], host: '10.0.0.2' });
  fixture.registry.register(routeMessage({ uris: ['a.com', 'b.com'] }));
  fixture.registry.unregister(routeMessage({ uris: ['a.com'] }));
  fixture.registry.register(next);
  assert.equal(fixture.addresses('c.com'), undefined);
  fixture.registry.unregister(routeMessage({ uris: ['b.com'] }));
  fixture.registry.register(next);
  assert.deepEqual(fixture.addresses('c.com'), ['10.0.0.2:80']);
  assert.deepEqual(seatsOf(fixture), [seatOf(0, 1)]);
});

test('a slot is not handed out again while a request is under way at its last holder', () => {
  const fixture = new RegistryFixture({}, 1);
  const cells = new EndpointCells(fixture.memory.buffers, 0);
  const [first, next] = [routeMessage(), routeMessage({ host: '10.0.0.2' })];
  fixture.registry.register(first);
  cells.begin(0);
  fixture.registry.unregister(first);
  fixture.registry.register(next);
  assert.equal(fixture.addresses('foo.com'), undefined, 'the only slot is in use');
  cells.end(0);
  fixture.registry.register(next);
  assert.deepEqual(fixture.addresses('foo.com'), ['10.0.0.2:80']);
});

test('the slot that has been free longest is used first', () => {
  const fixture = new RegistryFixture();
  for (const port of [1, 2, 3]) fixture.registry.register(routeMessage({ port }));
  for (const port of [2, 1, 3]) fixture.registry.unregister(routeMessage({ port }));
  fixture.epochs.next();
  for (const port of [4, 5, 6, 7]) fixture.registry.register(routeMessage({ port }));
  assert.deepEqual(seatsOf(fixture), [seatOf(1, 1), seatOf(0, 1), seatOf(2, 1), 3]);
});

test('without a free slot the registration is refused, logged and counted, and nothing else changes', () => {
  const fixture = new RegistryFixture({}, 1);
  fixture.registry.register(routeMessage());
  fixture.takeChanges();
  fixture.takeLog();
  fixture.registry.register(routeMessage({ uris: ['foo.com', 'new.com'], host: '10.0.0.2' }));
  assert.deepEqual(fixture.takeChanges(), []);
  assert.equal(fixture.registry.poolCount, 1);
  assert.equal(fixture.tally.registrationsRefused, 1);
  assert.deepEqual(fixture.takeLog(), [
    {
      level: 'error',
      message: 'registration-refused-no-slot',
      data: { uri: 'foo.com', backend: '10.0.0.2:80' },
    },
  ]);
});
