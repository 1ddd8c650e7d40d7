import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Backends } from '../../src/registry/backends.ts';
import type { HeldEndpoint } from '../../src/registry/held-endpoint.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { Slots } from '../../src/registry/slots.ts';
import { backendIdentity } from '../../src/routing/endpoint.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import { routeMessage } from '../support/registry-fixture.ts';

/** Counts how often a state is looked at. */
class CountingStore extends RecordStore {
  reads = 0;

  override read(record: number): string {
    this.reads++;
    return super.read(record);
  }
}

function fixture() {
  const records = new CountingStore(allocateRecords(1));
  return { records, backends: new Backends(new Slots({ reset() {} }), records) };
}

/** One of very many at 10.0.0.1:80; `state` is what may change of the same backend. */
function messageOf(instance: number, state = 0) {
  return routeMessage({ host: '10.0.0.1', port: 80, instanceId: `i-${instance}`, appId: `app-${state}` });
}

function taken(held: HeldEndpoint | 'full'): HeldEndpoint {
  assert.ok(held !== 'full');
  held.uses++;
  return held;
}

test('X12 ten thousand backends at one address cost no more each than a few', () => {
  const { backends, records } = fixture();
  const held = Array.from({ length: 10_000 }, (_, i) => taken(backends.find(messageOf(i), 120)));
  assert.equal(new Set(held.map(({ slot }) => slot)).size, held.length);
  assert.ok(records.reads < 100 * held.length, `${records.reads} reads`);
  assert.equal(backends.count, 1);
  for (const each of held) backends.release(each);
  assert.ok(records.reads < 200 * held.length, `${records.reads} reads`);
  assert.equal(backends.count, 0);
});

test('whatever comes and goes at one address, each state is held once and each backend has one slot', () => {
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
          const held = taken(backends.find(message, 120));
          present.set(key, { held, identity: backendIdentity(message) });
        } else if (leaves) {
          backends.release(known.held);
          present.delete(key);
        } else {
          assert.equal(backends.find(message, 120), known.held);
        }
        const slots = new Map<string, number>();
        for (const { held, identity } of present.values()) {
          assert.equal(slots.get(identity) ?? held.slot, held.slot);
          slots.set(identity, held.slot);
        }
        assert.equal(new Set(slots.values()).size, slots.size);
        assert.equal(backends.count, present.size > 0 ? 1 : 0);
      }
    }),
  );
});
