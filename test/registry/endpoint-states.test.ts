import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { StateCounts } from '../../src/registry/endpoint-state.ts';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

function counted(fixture: RegistryFixture): Partial<StateCounts> {
  const states = fixture.registry.states();
  for (;;) {
    const { value, done } = states.next();
    if (done) return Object.fromEntries(Object.entries(value).filter(([, count]) => count > 0));
  }
}

test('2.1 an endpoint is in the first state of those that hold, and in no other', () => {
  const marks = {
    failedUntil: (seat: number) => fixture.memory.failedUntil(seat),
    awaited: (seat: number) => fixture.memory.awaited(seat),
    mostAwaited: () => 1,
  };
  const fixture: RegistryFixture = new RegistryFixture({ marks, suspendPruning: true });
  const cells = new EndpointCells(fixture.memory.buffers, 0, 1);
  for (const port of [1, 2, 3]) fixture.registry.register(routeMessage({ port, appId: 'x' }));
  const [failing, busy] = [...fixture.registry.members()].map(({ held }) => held.seat);
  assert.deepEqual(counted(fixture), { ready: 3 });
  cells.begin(busy!);
  cells.occupy(busy!);
  cells.begin(failing!);
  cells.occupy(failing!);
  cells.markFailed(failing!, 30);
  assert.deepEqual(counted(fixture), { failed: 1, full: 1, ready: 1 });
  fixture.now = 30_000;
  assert.deepEqual(counted(fixture), { full: 2, ready: 1 });
  cells.vacate(busy!);
  cells.vacate(failing!);
  fixture.registry.busIs(false);
  const message = routeMessage({ port: 4, appId: 'x' });
  fixture.registry.restore({ message, uri: 'foo.com', age: 0, seenFor: 0, origin: 'nats router.register' });
  assert.deepEqual(counted(fixture), { restored: 1, ready: 3 });
  fixture.now = 40_000;
  fixture.registry.busIs(true);
  fixture.now = 50_000;
  fixture.registry.register(routeMessage({ port: 1, appId: 'x' }));
  fixture.now = 160_001;
  assert.deepEqual(counted(fixture), { stale: 3, ready: 1 });
});
