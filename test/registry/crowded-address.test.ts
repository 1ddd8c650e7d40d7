import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { RouteMessage } from '../../src/bus/route-message.ts';
import { Backends } from '../../src/registry/backends.ts';
import { Epochs } from '../../src/registry/epochs.ts';
import type { HeldEndpoint } from '../../src/registry/held-endpoint.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { Seats } from '../../src/registry/seats.ts';
import { backendIdentity } from '../../src/routing/endpoint.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

/** Counts how often a state is looked at. */
class CountingStore extends RecordStore {
  reads = 0;

  override read(record: number): string {
    this.reads++;
    return super.read(record);
  }
}

function fixture() {
  const buffers = allocateRecords(0);
  const epochs = new Epochs(buffers.applied);
  const records = new CountingStore(buffers, epochs);
  return { records, backends: new Backends({ seats: new Seats(new EndpointMemory(0)), records, epochs }) };
}

/** One of very many at 10.0.0.1:80; `state` is what may change of the same backend. */
function messageOf(instance: number, state = 0) {
  return routeMessage({
    host: '10.0.0.1',
    port: 80,
    instanceId: `i-${instance}`,
    tags: { state: `${state}` },
  });
}

function taken(backends: Backends, message: RouteMessage): HeldEndpoint {
  const planned = backends.plan(message, 120);
  assert.ok(planned !== 'full');
  const held = backends.hold(planned);
  held.uses++;
  return held;
}

test('X12 ten thousand backends at one address cost no more each than a few', () => {
  const { backends, records } = fixture();
  const held = Array.from({ length: 10_000 }, (_, i) => taken(backends, messageOf(i)));
  assert.equal(new Set(held.map(({ seat }) => seat)).size, held.length);
  assert.ok(records.reads < 100 * held.length, `${records.reads} reads`);
  assert.equal(backends.count, held.length);
  for (const each of held) backends.release(each);
  assert.ok(records.reads < 200 * held.length, `${records.reads} reads`);
  assert.equal(backends.count, 0);
});

test('whatever comes and goes at one address, each state is held once and each backend has one seat', () => {
  const step = fc.record({ instance: fc.nat(30), state: fc.nat(2), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const { backends } = fixture();
      const present = new Map<string, { held: HeldEndpoint; identity: string }>();
      for (const { instance, state, leaves } of steps) {
        const message = messageOf(instance, state);
        const key = `${instance} ${state}`;
        const known = present.get(key);
        if (known === undefined) {
          const held = taken(backends, message);
          present.set(key, { held, identity: backendIdentity(message) });
        } else if (leaves) {
          backends.release(known.held);
          present.delete(key);
        } else {
          const planned = backends.plan(message, 120);
          assert.ok(planned !== 'full');
          assert.deepEqual([planned.isNew, planned.held], [null, known.held]);
        }
        const slots = new Map<string, number>();
        for (const { held, identity } of present.values()) {
          assert.equal(slots.get(identity) ?? held.seat, held.seat);
          slots.set(identity, held.seat);
        }
        assert.equal(new Set(slots.values()).size, slots.size);
        assert.equal(backends.count, slots.size);
      }
    }),
  );
});

test('one instance with ten thousand routes that differ in their options costs no more each than one with few', () => {
  const { backends, records } = fixture();
  const held = Array.from({ length: 10_000 }, (_, state) => taken(backends, messageOf(1, state)));
  assert.equal(new Set(held.map(({ seat }) => seat)).size, 1);
  assert.ok(records.reads < 10 * held.length, `${records.reads} reads`);
  for (const each of held) backends.release(each);
  assert.ok(records.reads < 20 * held.length, `${records.reads} reads`);
  assert.equal(backends.count, 0);
});

test('two instances at one address, one of them with seventeen states, come and go like any others', () => {
  const table = new RegistryFixture();
  const states = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) =>
      routeMessage({
        uris: [`r${from + at}.com`],
        instanceId: 'i1',
        routePolicy: { scope: 'any', sources: [`cf:app:${from + at}`] },
      }),
    );
  const other = routeMessage({ uris: ['other.com'], instanceId: 'i2' });
  table.registry.register(other);
  for (const message of states(0, 20)) table.registry.register(message);
  for (const message of states(0, 4)) table.registry.unregister(message);
  for (const message of states(100, 101)) table.registry.register(message);
  table.registry.unregister(other);
  assert.equal(table.addresses('other.com'), undefined);
  assert.deepEqual([table.registry.backendCount, table.registry.poolCount], [1, 17]);
  table.now = 1e9;
  table.prune(true);
  assert.deepEqual([table.registry.backendCount, table.registry.poolCount], [0, 0]);
});
