import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

test('§1.7 an endpoint goes once its threshold has passed without a heartbeat, and not before', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ port: 1, staleThreshold: 30 }));
  fixture.registry.register(routeMessage({ port: 2 }));
  fixture.now = 30_000;
  fixture.prune(true);
  assert.equal(fixture.registry.endpointCount, 2);
  fixture.now = 30_001;
  fixture.prune(true);
  assert.deepEqual(fixture.addresses('foo.com'), ['10.0.0.1:2']);
  assert.equal(fixture.tally.routesPruned, 1);
});

test('§1.7 a heartbeat starts the threshold anew', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage());
  fixture.now = 100_000;
  fixture.registry.register(routeMessage());
  fixture.now = 200_000;
  fixture.prune(true);
  assert.equal(fixture.registry.endpointCount, 1);
});

test('§1.7 pruning logs each route with the addresses it lost', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ port: 1, isolationSegment: 'is' }));
  fixture.registry.register(routeMessage({ port: 2 }));
  fixture.takeLog();
  fixture.now = 120_001;
  fixture.prune(true);
  assert.deepEqual(fixture.log.messages, [
    'start-pruning-routes',
    'pruned-route',
    'route-unregistered',
    'finished-pruning-routes',
  ]);
  assert.deepEqual(fixture.log.lines[1]!.data, {
    uri: 'foo.com',
    endpoints: ['10.0.0.1:1', '10.0.0.1:2'],
    isolation_segment: 'is',
  });
});

test('§1.7 TLS endpoints never age', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage({ tls: true }));
  fixture.now = 1e9;
  fixture.prune(true);
  assert.equal(fixture.registry.endpointCount, 1);
});

test('§1.7 an empty pool is kept until the timeout since its last change has passed', () => {
  const fixture = new RegistryFixture({ keepEmptyPools: true, emptyPoolTimeout: 1000 });
  fixture.registry.register(routeMessage());
  fixture.now = 500;
  fixture.registry.unregister(routeMessage());
  fixture.now = 1500;
  fixture.prune(true);
  assert.equal(fixture.registry.poolCount, 1);
  fixture.now = 1501;
  fixture.prune(true);
  assert.equal(fixture.registry.poolCount, 0);
});

test('§1.7 pruning rests while the bus is away, and every endpoint starts afresh when it is back', () => {
  const fixture = new RegistryFixture({ suspendPruning: true });
  fixture.registry.register(routeMessage());
  fixture.takeLog();
  fixture.now = 600_000;
  fixture.prune(false);
  assert.deepEqual(fixture.log.messages, ['prune-suspended']);
  fixture.takeLog();
  fixture.prune(true);
  assert.deepEqual(fixture.log.messages, [
    'prune-unsuspended-refresh-routes-start',
    'prune-unsuspended-refresh-routes-complete',
    'start-pruning-routes',
    'finished-pruning-routes',
  ]);
  fixture.now += 120_000;
  fixture.prune(true);
  assert.equal(fixture.registry.endpointCount, 1);
  fixture.now += 1;
  fixture.prune(true);
  assert.equal(fixture.registry.endpointCount, 0);
});

test('§1.7 without suspension an absent bus does not stop pruning', () => {
  const fixture = new RegistryFixture();
  fixture.registry.register(routeMessage());
  fixture.now = 120_001;
  fixture.prune(false);
  assert.equal(fixture.registry.endpointCount, 0);
});

test('X12 a round takes few endpoints and looks at few pools at a time, and comes to an end', () => {
  const fixture = new RegistryFixture({}, 10_000);
  const { registry } = fixture;
  for (let each = 0; each < 10_000; each++) {
    registry.register(routeMessage({ host: `h-${each}`, uris: [`${each}.com`], tls: each >= 5000 }));
  }
  fixture.now = 120_001;
  let left = 10_000;
  let pieces = 0;
  for (const _ of registry.prune(true)) {
    pieces++;
    assert.ok(left - registry.endpointCount <= 100, `${left - registry.endpointCount} in piece ${pieces}`);
    left = registry.endpointCount;
    // What comes in between is no trouble.
    registry.register(routeMessage({ host: `new-${pieces}`, uris: [`new-${pieces}.com`] }));
    left = registry.endpointCount;
  }
  assert.ok(pieces >= 50 && pieces <= 60, `${pieces} pieces`);
  assert.equal(registry.endpointCount, 5000 + pieces);
});

test('X12 a snapshot comes in pieces, the last of which is returned', () => {
  const fixture = new RegistryFixture({}, 10_000);
  for (let each = 0; each < 10_000; each++) {
    fixture.registry.register(routeMessage({ host: `h-${each}`, uris: [`${each}.com`] }));
  }
  const pieces = fixture.registry.snapshot(1000);
  const lengths: number[] = [];
  for (let next = pieces.next(); ; next = pieces.next()) {
    lengths.push(next.value.length);
    if (next.done) break;
  }
  assert.equal(
    lengths.reduce((sum, length) => sum + length),
    20_000,
  );
  assert.ok(Math.max(...lengths) <= 1001, `${lengths}`);
});

test('§1.7 a pause is no part of the age of an endpoint, also of one that a round under way has not come to', () => {
  const fixture = new RegistryFixture();
  for (let each = 0; each < 5000; each++) {
    fixture.registry.register(routeMessage({ uris: [`app-${each}.test`] }));
  }
  fixture.now = 100_000;
  const round = fixture.registry.prune(true)[Symbol.iterator]();
  round.next();
  fixture.now = 600_000;
  fixture.paused = 500_000;
  while (!round.next().done);
  assert.equal(fixture.registry.endpointCount, 5000);
  assert.equal(fixture.registry.millisecondsSinceUpdate(), 600_000);
  fixture.now += 20_000;
  fixture.prune(true);
  assert.equal(fixture.registry.endpointCount, 5000);
  fixture.now++;
  fixture.prune(true);
  assert.equal(fixture.registry.endpointCount, 0);
});
