import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { operatorOrigin } from '../../src/registry/origin.ts';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

const UNTIL = 1_700_000_000_000;
const ORDER = operatorOrigin({ who: 'ops', until: UNTIL });
const VERIFIED = { tls: true, serverCertDomainSan: 'i-1' };

function originsOf({ registry }: RegistryFixture): string[] {
  return [...registry.members()].map(({ origin }) => origin.text);
}

describe('an endpoint for which an operator speaks', () => {
  test('needs no heartbeats, with the bus or without it, and goes when its time is over', () => {
    const fixture = new RegistryFixture();
    assert.equal(fixture.registry.place(routeMessage(), ORDER), 'placed');
    fixture.now = 10_000_000;
    fixture.prune(true);
    fixture.now = 20_000_000;
    fixture.prune(false);
    fixture.now = 30_000_000;
    fixture.prune(true);
    fixture.now = 40_000_000;
    fixture.prune(true);
    assert.deepEqual(fixture.addresses('foo.com'), ['10.0.0.1:80']);
    assert.equal(fixture.registry.staleCount, 0);
    assert.equal(fixture.registry.statics.nextEnd, UNTIL);
    assert.equal(fixture.registry.expireStatics(UNTIL - 1), 0);
    assert.equal(fixture.registry.expireStatics(UNTIL), 1);
    assert.equal(fixture.registry.poolCount, 0);
    assert.equal(fixture.registry.statics.nextEnd, null);
  });

  test('goes at its time also while everything else is frozen', () => {
    const fixture = new RegistryFixture({ suspendPruning: true });
    fixture.registry.place(routeMessage(), ORDER);
    fixture.registry.busIs(false);
    fixture.prune(false);
    assert.equal(fixture.registry.expireStatics(UNTIL), 1);
    assert.equal(fixture.registry.endpointCount, 0);
  });

  test('is the agent’s as soon as that announces it, and the operator hears of it', () => {
    const fixture = new RegistryFixture();
    let left = 0;
    fixture.registry.statics.onLeft = () => left++;
    fixture.registry.place(routeMessage(), ORDER);
    fixture.takeChanges();
    fixture.registry.register(routeMessage());
    assert.deepEqual(originsOf(fixture), ['nats router.register']);
    assert.equal(left, 1);
    assert.deepEqual(fixture.takeChanges(), []);
    assert.equal(fixture.registry.expireStatics(UNTIL), 0);
    fixture.now = 120_001;
    fixture.prune(true);
    assert.equal(fixture.registry.endpointCount, 0);
  });

  test('is the agent’s with a heartbeat that the table knows by its bytes', () => {
    const fixture = new RegistryFixture();
    fixture.registry.register(routeMessage(), 'digest');
    fixture.registry.place(routeMessage(), ORDER);
    assert.deepEqual(originsOf(fixture), ['operator ops']);
    assert.ok(fixture.registry.refresh('digest'));
    assert.deepEqual(originsOf(fixture), ['nats router.register']);
    assert.equal(fixture.registry.statics.size, 0);
  });

  test('is what the operator says of it, though an agent has said otherwise before', () => {
    const fixture = new RegistryFixture();
    fixture.registry.register(routeMessage({ tags: { a: 'agent' } }), 'digest');
    fixture.registry.place(routeMessage({ tags: { a: 'operator' } }), ORDER);
    const tags = (): unknown => fixture.registry.routes()['foo.com']?.[0]?.tags;
    assert.deepEqual(tags(), { a: 'operator' });
    // The bytes of before say something else than the table has.
    assert.ok(!fixture.registry.refresh('digest'));
    fixture.registry.register(routeMessage({ tags: { a: 'agent' } }), 'digest');
    assert.deepEqual(tags(), { a: 'agent' });
    assert.deepEqual(originsOf(fixture), ['nats router.register']);
  });

  test('is the routing API’s again with the very tag that it had', () => {
    const fixture = new RegistryFixture();
    const tag = { guid: 'g', index: 3 };
    fixture.registry.register(routeMessage({ appId: 'a' }), undefined, tag);
    fixture.registry.place(routeMessage({ appId: 'b' }), ORDER);
    fixture.registry.register(routeMessage({ appId: 'a' }), undefined, tag);
    assert.deepEqual(originsOf(fixture), ['api routing-api']);
  });

  test('goes when its agent says that it is gone', () => {
    const fixture = new RegistryFixture();
    fixture.registry.place(routeMessage(), ORDER);
    fixture.registry.unregister(routeMessage());
    assert.equal(fixture.registry.endpointCount, 0);
    assert.equal(fixture.registry.statics.size, 0);
  });

  test('is no longer one that was restored', () => {
    const fixture = new RegistryFixture();
    fixture.registry.restore({
      message: routeMessage(),
      uri: 'foo.com',
      age: 0,
      seenFor: 0,
      origin: 'nats router.register',
    });
    assert.equal(fixture.registry.restoredCount, 1);
    fixture.registry.place(routeMessage(), ORDER);
    assert.equal(fixture.registry.restoredCount, 0);
    fixture.registry.unregister(routeMessage());
    assert.equal(fixture.registry.restoredCount, 0);
  });

  test('goes where another application is announced at its address in plain text', () => {
    const cases: [object, object, number][] = [
      [{ appId: 'x' }, { appId: 'y' }, 1],
      [{ appId: 'x' }, { appId: 'x', instanceId: 'other' }, 2],
      [{ appId: 'x', ...VERIFIED }, { appId: 'y' }, 2],
      // An operator may name nobody.
      [{}, { appId: 'y' }, 2],
    ];
    for (const [placed, announced, left] of cases) {
      const fixture = new RegistryFixture();
      fixture.registry.place(routeMessage(placed), ORDER);
      fixture.registry.register(routeMessage({ uris: ['bar.com'], ...announced }));
      assert.equal(fixture.registry.endpointCount, left, JSON.stringify([placed, announced]));
    }
  });

  test('and is nothing to a router of other isolation segments, nor without room', () => {
    const elsewhere = new RegistryFixture({ sharding: { mode: 'segments', segments: ['mine'] } });
    assert.equal(elsewhere.registry.place(routeMessage({ isolationSegment: 'x' }), ORDER), 'other-segment');
    const full = new RegistryFixture({}, 1);
    full.registry.place(routeMessage(), ORDER);
    assert.equal(full.registry.place(routeMessage({ port: 81 }), ORDER), 'full');
    assert.deepEqual(full.addresses('foo.com'), ['10.0.0.1:80']);
  });

  test('is taken back by route, but for the addresses that stay', () => {
    const fixture = new RegistryFixture();
    for (const port of [80, 81, 82]) fixture.registry.place(routeMessage({ port }), ORDER);
    fixture.registry.register(routeMessage({ port: 83 }));
    assert.equal(fixture.registry.withdraw('foo.com', new Set(['10.0.0.1:81'])), 2);
    assert.deepEqual(fixture.addresses('foo.com'), ['10.0.0.1:81', '10.0.0.1:83']);
    assert.equal(fixture.registry.withdraw('bar.com', new Set()), 0);
  });

  test('of another process is there again with its end, unless somebody has spoken meanwhile', () => {
    const fixture = new RegistryFixture();
    fixture.registry.busIs(false);
    const order = { who: 'ops', until: UNTIL };
    const former = {
      message: routeMessage(),
      uri: 'foo.com',
      age: 5e9,
      seenFor: 5e9,
      origin: 'operator ops',
      order,
    };
    assert.equal(fixture.registry.restoreStatic(former), 'restored');
    assert.equal(fixture.registry.restoreStatic(former), 'known');
    assert.equal(fixture.registry.restoredCount, 0);
    fixture.now = 1e9;
    fixture.prune(false);
    assert.deepEqual(originsOf(fixture), ['operator ops']);
    assert.equal(fixture.registry.statics.nextEnd, UNTIL);
  });
});
