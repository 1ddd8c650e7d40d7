import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { RouteMessage } from '../../src/bus/route-message.ts';
import { selectorText } from '../../src/routing/selector.ts';
import { RegistryFixture, replicaOf, routeMessage } from '../support/registry-fixture.ts';

const KEY = 'foo.com';

/** @param at of its address */
function instance(appId: string, at: number, more: Partial<RouteMessage> = {}): RouteMessage {
  return routeMessage({ appId, host: `10.0.0.${at}`, ...more });
}

/** A table whose newcomers are held, and for whom. */
function holding(isSure = true) {
  const held: string[] = [];
  const holds = {
    mayHold: () => isSure,
    onHeld: (key: string, app: string) => void held.push(`${key} ${app}`),
  };
  const fixture = new RegistryFixture({ holds });
  const { registry } = fixture;
  const come = (app: string, at: number, more: Partial<RouteMessage> = {}) =>
    registry.register(instance(app, at, more));
  const go = (app: string, at: number) => registry.unregister(instance(app, at));
  /** As proxy threads have it. */
  const arms = () => {
    const [pool] = replicaOf(fixture.snapshot());
    return pool?.settings.split?.arms.map(({ selector, weight }) => `${selectorText(selector)}=${weight}`);
  };
  return { fixture, registry, held, come, go, arms };
}

describe('an application that comes to a route which another one has', () => {
  test('is held before anybody is told of it, and so are all that come after it', () => {
    const { fixture, held, come, arms } = holding();
    come('blue', 1);
    come('blue', 2);
    fixture.takeChanges();
    come('green', 3);
    const changes = fixture.takeChanges();
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['pool-put', 'endpoint-put'],
    );
    assert.deepEqual(arms(), ['app:blue=10000', 'rest=0']);
    come('red', 4);
    come('blue', 5);
    assert.deepEqual(held, [`${KEY} blue`]);
    assert.deepEqual(arms(), ['app:blue=10000', 'rest=0']);
  });

  test('is held in each of its routes that another one has, and in no other', () => {
    const { held, come } = holding();
    come('blue', 1, { uris: ['a.com', 'b.com'] });
    come('green', 2, { uris: ['a.com', 'b.com', 'c.com'] });
    assert.deepEqual(held, ['a.com blue', 'b.com blue']);
  });

  test('is held also where it takes the address of one of its instances', () => {
    const { held, come, arms } = holding();
    come('blue', 1);
    come('green', 1);
    assert.deepEqual(held, [], 'nobody is left for whom to hold the route');
    come('green', 2);
    come('red', 1);
    assert.deepEqual(held, [`${KEY} green`]);
    assert.deepEqual(arms(), ['app:green=10000', 'rest=0']);
  });

  test('is not held where it is not known whose the route is', () => {
    for (const first of [['blue', 'green'], [''], ['', 'blue']]) {
      const { registry, held, come } = holding();
      for (const [at, app] of first.entries()) come(app, at);
      registry.setSplit(KEY, null);
      held.length = 0;
      come('red', 9);
      assert.deepEqual(held, [], first.join());
    }
  });

  test('is not held by a router that does not know its table, nor by what names no application', () => {
    const unsure = holding(false);
    unsure.come('blue', 1);
    unsure.come('green', 2);
    assert.deepEqual([unsure.held, unsure.arms()], [[], undefined]);
    const sure = holding();
    sure.come('blue', 1);
    sure.come('', 2);
    assert.deepEqual([sure.held, sure.arms()], [[], undefined]);
    const nameless = holding();
    nameless.come('x'.repeat(400), 1);
    nameless.come('green', 2);
    assert.deepEqual([nameless.held, nameless.arms()], [[], undefined]);
  });

  test('is not held for one of which nobody has spoken in this process, or since the bus was lost', () => {
    const restored = holding();
    const message = instance('blue', 1);
    restored.registry.restore({ message, uri: KEY, age: 0, seenFor: 0, origin: 'nats router.register' });
    restored.come('green', 2);
    assert.deepEqual(restored.held, []);

    const { registry, held, come, go } = holding();
    come('blue', 1);
    registry.busIs(false);
    registry.busIs(true);
    come('green', 2);
    assert.deepEqual(held, []);
    go('green', 2);
    come('blue', 1);
    come('green', 2);
    assert.deepEqual(held, [`${KEY} blue`]);
  });

  test('is let in for good by whoever clears the split, and the next one is held again', () => {
    const { registry, held, come, go, arms } = holding();
    come('blue', 1);
    come('green', 2);
    registry.setSplit(KEY, null);
    come('green', 3);
    come('blue', 4);
    come('blue', 1, { tags: { version: '2' } });
    assert.deepEqual([held.length, arms()], [1, undefined]);
    for (const at of [1, 4]) go('blue', at);
    come('green', 5);
    assert.equal(held.length, 1);
    come('red', 6);
    assert.deepEqual([held.at(-1), arms()], [`${KEY} green`, ['app:green=10000', 'rest=0']]);
  });
});

test('applications are held just where a plain reading of the table says so', () => {
  const app = fc.constantFrom('blue', 'green', 'red', '');
  const address = fc.integer({ min: 1, max: 6 });
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('come' as const), app, address }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('go' as const), app, address }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), app, address }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { registry, held, come, go } = holding();
      const model = new Map<number, string>();
      let heldFor: string | null = null;
      const expected: string[] = [];
      for (const { kind, app: name, address: at } of steps) {
        if (kind === 'clear') {
          registry.setSplit(KEY, null);
          heldFor = null;
        } else if (kind === 'go') {
          go(name, at);
          model.delete(at);
        } else {
          const others = new Set([...model].filter(([other]) => other !== at).map(([, each]) => each));
          const [only = ''] = others;
          const isNew = name !== '' && model.get(at) !== name && !others.has(name);
          if (heldFor === null && isNew && others.size === 1 && only !== '') {
            heldFor = only;
            expected.push(`${KEY} ${only}`);
          }
          come(name, at);
          model.set(at, name);
        }
        assert.deepEqual(held, expected);
      }
    }),
    { numRuns: 500 },
  );
});

test('a thousand instances of two applications that share a route are not looked at again and again', () => {
  const { registry, fixture, come } = holding();
  const many = (name: string, from: number) => {
    for (let at = from; at < from + 480; at++) come(name, 0, { host: `10.1.${at >> 8}.${at & 255}` });
  };
  come('blue', 1);
  come('green', 2);
  registry.setSplit(KEY, null);
  many('blue', 0);
  let reads = 0;
  const read = fixture.records.read.bind(fixture.records);
  fixture.records.read = (record) => {
    reads++;
    return read(record);
  };
  many('green', 1000);
  assert.ok(reads < 480 * 20, `${reads}`);
});
