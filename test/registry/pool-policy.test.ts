import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
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

describe('§1.5 §4.8 a pool with an endpoint that names a policy and a service', () => {
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

describe('an endpoint that was not the instance it should be is taken out, and what it says of the pool holds', () => {
  const failing = { ...guarded, tls: true };
  const start = (...others: RouteMessage[]) => {
    const fixture = new RegistryFixture();
    for (const message of [failing, ...others]) fixture.registry.register(message);
    fail(fixture, failing.address);
    return fixture;
  };
  const OPEN = { scope: null, routeServiceUrl: '' };
  const tlsOpen = { ...open, tls: true };

  test('for as long as it may be silent', () => {
    const fixture = start(tlsOpen);
    for (const now of [60_000, 119_000]) {
      fixture.now = now;
      fixture.prune(true);
      assert.deepEqual(settings(fixture), GUARDED);
    }
    fixture.now = 121_000;
    fixture.prune(true);
    assert.deepEqual(settings(fixture), OPEN);
  });

  test('until it says something else, or goes', () => {
    const fixture = start(tlsOpen);
    fixture.registry.register({ ...failing, routePolicy: null });
    assert.deepEqual(settings(fixture), { ...GUARDED, scope: null });
    const gone = start(tlsOpen);
    gone.registry.unregister(failing);
    assert.deepEqual(settings(gone), OPEN);
  });

  test('for as long again after nobody could say anything', () => {
    const fixture = new RegistryFixture({ suspendPruning: true });
    for (const message of [failing, tlsOpen]) fixture.registry.register(message);
    fail(fixture, failing.address);
    fixture.prune(false);
    fixture.now = 200_000;
    fixture.prune(true);
    fixture.registry.register(tlsOpen);
    assert.deepEqual(settings(fixture), GUARDED);
    fixture.now = 321_000;
    fixture.prune(true);
    assert.deepEqual(settings(fixture), OPEN);
  });

  test('for those who come when it was alone', () => {
    const fixture = start();
    fixture.prune(true);
    fixture.registry.register(open);
    assert.deepEqual(settings(fixture), GUARDED);
    fixture.registry.unregister(open);
    fixture.now = 121_000;
    fixture.prune(true);
    assert.equal(fixture.registry.poolCount, 0);
  });
});

test('X12 what is said by ten thousand endpoints of one pool costs no more each than by a few', () => {
  const fixture = new RegistryFixture();
  const messages = Array.from({ length: 10_000 }, (_, at) =>
    routeMessage({ ...guarded, host: `10.1.${at >> 8}.${at & 255}`, routeServiceUrl: '' }),
  );
  let reads = 0;
  const read = fixture.records.read.bind(fixture.records);
  fixture.records.read = (record) => {
    reads++;
    return read(record);
  };
  for (const message of messages) fixture.registry.register(message);
  for (const message of messages) fixture.registry.register({ ...message, updatedAtNs: '7' });
  for (const message of messages) fixture.registry.unregister(message);
  assert.ok(reads < 30 * messages.length, `${reads} reads`);
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
  does: fc.constantFrom('registers', 'registers', 'leaves', 'fails'),
});

/** As a proxy thread does that found another instance there. */
function fail({ registry, changes }: RegistryFixture, address: string): void {
  const put = changes.findLast(
    (change) => change.kind === 'endpoint-put' && change.endpoint.address === address,
  );
  assert.ok(put?.kind === 'endpoint-put');
  registry.pruneFailed({
    pool: put.pool,
    routeKey: 'foo.com',
    address,
    seat: put.endpoint.backend.seat,
  });
}

/** What proxy threads are told is applied change by change, with requests in between. */
test('at no moment is a pool open while every endpoint in it names a policy, and in the end the newest counts', () => {
  fc.assert(
    fc.property(fc.array(terms, { maxLength: 40 }), (steps) => {
      const fixture = new RegistryFixture();
      /** What holds, by who said it, the newest last; who has failed is in the pool no more. */
      const said = new Map<number, RouteMessage>();
      const members = new Set<number>();
      for (const { does, ...says } of steps) {
        const { port } = says;
        const message = routeMessage({ ...says, tls: true });
        const before = [...said.values()];
        const told = fixture.changes.length;
        const isMember = members.has(port);
        if (does === 'fails') {
          if (isMember) fail(fixture, message.address);
          members.delete(port);
        } else if (does === 'leaves') {
          fixture.registry.unregister(message);
          said.delete(port);
          members.delete(port);
        } else {
          fixture.registry.register(message);
          if (!isMember || JSON.stringify(said.get(port)) !== JSON.stringify(message)) {
            said.delete(port);
            said.set(port, message);
          }
          members.add(port);
        }
        const after = [...said.values()];
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
        if (members.size === 0) continue;
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
