import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RouteMessage } from '../../src/bus/route-message.ts';
import { RegistryFixture, replicaOf, routeMessage } from '../support/registry-fixture.ts';

const guarded = routeMessage({
  host: '10.0.0.1',
  routePolicy: { scope: 'any', sources: ['cf:app:x'] },
  routeServiceUrl: 'https://rs',
});
const open = routeMessage({ host: '10.0.0.2' });

function settings(fixture: RegistryFixture) {
  const { routePolicy, routeServiceUrl } = replicaOf(fixture.changes)[0]!.settings;
  return { scope: routePolicy?.scope ?? null, routeServiceUrl };
}

const GUARDED = { scope: 'any', routeServiceUrl: 'https://rs' };

describe('§1.5 a pool with an endpoint that names a policy and a service', () => {
  test('is not opened by one that names none, whichever comes last', () => {
    for (const order of [
      [guarded, open],
      [open, guarded],
    ]) {
      const fixture = new RegistryFixture();
      for (const message of order) fixture.registry.register(message);
      assert.deepEqual(settings(fixture), GUARDED);
    }
  });

  test('stays guarded when the other one goes, heartbeats and all', () => {
    const fixture = new RegistryFixture();
    const digest = fixture.registry.digestOf(Buffer.from('guarded'));
    fixture.registry.register(guarded, digest);
    fixture.registry.register(open);
    fixture.registry.unregister(open);
    for (let beat = 0; beat < 3; beat++) {
      fixture.now += 20_000;
      assert.ok(fixture.registry.refresh(digest));
      assert.deepEqual(settings(fixture), GUARDED);
    }
  });

  test('is open once that one has gone: unregistered, pruned, or with nothing to say any more', () => {
    const ends: ((fixture: RegistryFixture) => void)[] = [
      (fixture) => fixture.registry.unregister(guarded),
      (fixture) => fixture.registry.register({ ...guarded, routePolicy: null, routeServiceUrl: '' }),
      (fixture) => {
        fixture.now = 100_000;
        fixture.registry.register(open);
        fixture.now = 130_000;
        fixture.prune(true);
      },
    ];
    for (const end of ends) {
      const fixture = new RegistryFixture();
      fixture.registry.register(guarded);
      fixture.registry.register(open);
      end(fixture);
      assert.deepEqual(settings(fixture), { scope: null, routeServiceUrl: '' });
    }
  });
});

const terms = fc.record({
  port: fc.integer({ min: 1, max: 4 }),
  routePolicy: fc.constantFrom(
    null,
    null,
    { scope: 'any', sources: ['cf:app:1'] },
    { scope: 'org', sources: [] },
  ),
  routeServiceUrl: fc.constantFrom('', '', 'https://one', 'https://two'),
  leaves: fc.boolean(),
});

/** What proxy threads are told is applied change by change, with requests in between. */
test('at no moment is a pool open while every endpoint in it names a policy, and in the end the newest counts', () => {
  fc.assert(
    fc.property(fc.array(terms, { maxLength: 40 }), (steps) => {
      const fixture = new RegistryFixture();
      const present = new Map<number, RouteMessage>();
      for (const { leaves, ...said } of steps) {
        const message = routeMessage({ ...said, tls: true });
        const before = [...present.values()];
        const told = fixture.changes.length;
        if (leaves) {
          fixture.registry.unregister(message);
          present.delete(said.port);
        } else {
          fixture.registry.register(message);
          const known = present.get(said.port);
          if (JSON.stringify(known) !== JSON.stringify(message)) {
            present.delete(said.port);
            present.set(said.port, message);
          }
        }
        const after = [...present.values()];
        for (let at = told + 1; at <= fixture.changes.length; at++) {
          const pool = replicaOf(fixture.changes.slice(0, at))[0];
          if (pool === undefined || pool.members.length === 0) continue;
          const { routePolicy, routeServiceUrl } = pool.settings;
          const may = [...before, ...after];
          if (pool.members.some((member) => member.routePolicy !== null)) assert.notEqual(routePolicy, null);
          if (pool.members.some((member) => member.routeServiceUrl !== ''))
            assert.notEqual(routeServiceUrl, '');
          assert.ok(
            routePolicy === null || may.some((each) => each.routePolicy?.scope === routePolicy.scope),
          );
        }
        if (present.size === 0) continue;
        const newest = after.toReversed();
        const pool = replicaOf(fixture.changes)[0]!;
        assert.deepEqual(
          pool.settings.routePolicy,
          newest.find((each) => each.routePolicy)?.routePolicy ?? null,
        );
        assert.equal(
          pool.settings.routeServiceUrl,
          newest.find((each) => each.routeServiceUrl)?.routeServiceUrl ?? '',
        );
      }
    }),
    { numRuns: 300 },
  );
});
