import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { readRouteMessage } from '../../src/bus/route-message.ts';
import type { FormerMember } from '../../src/registry/admission.ts';
import { RegistryFixture, routeMessage } from '../support/registry-fixture.ts';

const HOUR = 3_600_000;
const VERIFIED = { tls: true, serverCertDomainSan: 'i-1', appId: 'x' };
const PLAIN = { appId: 'x' };

function former(fields: object, age = 0, port = 80): FormerMember {
  const message = routeMessage({ ...fields, port });
  return { message, uri: message.uris[0]!, age, seenFor: age, origin: 'nats router.register' };
}

/** A table that has been restored while the bus is away, at 0. */
function restored(members: readonly FormerMember[], options: object = {}): RegistryFixture {
  const fixture = new RegistryFixture(options);
  fixture.registry.busIs(false);
  for (const member of members) fixture.registry.restore(member);
  return fixture;
}

function left(fixture: RegistryFixture, at: number, connected: boolean): number {
  fixture.now = at;
  fixture.prune(connected);
  return fixture.registry.endpointCount;
}

describe('2.2 what an earlier process had, while the bus is away,', () => {
  test('serves for its threshold in plain text, counted from its last announcement, the last of a route too', () => {
    const fixture = restored([former(PLAIN, 100_000)]);
    assert.equal(left(fixture, 20_000, false), 1);
    assert.equal(left(fixture, 20_001, false), 0);
  });

  test('for a day where TLS verifies it', () => {
    const fixture = restored([former(VERIFIED, HOUR)]);
    assert.equal(left(fixture, 23 * HOUR, false), 1);
    assert.equal(left(fixture, 23 * HOUR + 1, false), 0);
  });

  test('as in plain text where TLS has no name to verify', () => {
    const fixture = restored([former({ tls: true, appId: 'x' })]);
    assert.equal(left(fixture, 120_000, false), 1);
    assert.equal(left(fixture, 120_001, false), 0);
  });

  test('so does what this process knew, and with the bus there it stays as in gorouter', () => {
    const fixture = new RegistryFixture();
    fixture.registry.register(routeMessage({ tls: true, appId: 'x' }));
    assert.equal(left(fixture, HOUR, true), 1);
    fixture.registry.register(routeMessage({ tls: true, appId: 'x' }));
    assert.equal(left(fixture, HOUR + 120_000, false), 1);
    assert.equal(left(fixture, HOUR + 120_001, false), 0);
  });

  test('without end where the operator says that addresses are kept', () => {
    const fixture = restored([former(PLAIN, 100_000), former(VERIFIED, HOUR, 81)], { suspendPruning: true });
    assert.equal(left(fixture, 100 * HOUR, false), 2);
  });

  test('not at all where it has had its time already', () => {
    const fixture = new RegistryFixture();
    assert.equal(fixture.registry.restore(former(PLAIN, 120_001)), 'over');
    assert.equal(fixture.registry.restore(former(VERIFIED, 24 * HOUR + 1)), 'over');
    assert.equal(fixture.registry.poolCount, 0);
    assert.deepEqual(fixture.takeChanges(), []);
  });

  test('is not put over what has been announced since', () => {
    const fixture = new RegistryFixture();
    fixture.registry.register(routeMessage(VERIFIED));
    assert.equal(fixture.registry.restore(former(PLAIN)), 'known');
    assert.equal(fixture.registry.restoredCount, 0);
  });
});

describe('2.2.6 when the bus is back', () => {
  test('what is announced again is like any other, in either way', () => {
    const fixture = restored([former(VERIFIED), former(PLAIN, 0, 81)]);
    const digest = fixture.registry.digestOf(Buffer.from('x'));
    fixture.registry.busIs(true);
    fixture.registry.register(routeMessage({ ...VERIFIED, port: 80 }), digest);
    assert.equal(fixture.registry.restoredCount, 1);
    assert.ok(fixture.registry.refresh(digest));
    fixture.registry.register(routeMessage({ ...PLAIN, port: 81 }));
    assert.equal(fixture.registry.restoredCount, 0);
    assert.equal(left(fixture, 90 * HOUR, true), 1, 'the verified one does not age');
  });

  test('what is not goes when its agent has had the time', () => {
    const fixture = restored([former(VERIFIED), former({ ...VERIFIED, uris: ['bar.com'] }, 0, 81)]);
    fixture.registry.busIs(true);
    assert.equal(left(fixture, 120_000, true), 2);
    assert.ok(left(fixture, 120_001, true) < 2);
  });

  test('a plain one goes at once when another application announces its address, and a verified one does not', () => {
    const fixture = restored([former(PLAIN), former({ ...VERIFIED, uris: ['b.com'] })], {
      suspendPruning: true,
    });
    fixture.registry.busIs(true);
    fixture.registry.register(routeMessage({ uris: ['c.com'], appId: 'y', instanceId: 'j' }));
    assert.deepEqual(
      ['foo.com', 'b.com', 'c.com'].map((route) => fixture.addresses(route)?.length),
      [0, 1, 1],
    );
  });

  test('it does where routes of that application are not wanted here', () => {
    const sharding = { mode: 'segments', segments: ['ours'] } as const;
    const ours = { isolationSegment: 'ours' };
    const fixture = restored([former({ ...PLAIN, ...ours }), former({ ...PLAIN, ...ours }, 0, 81)], {
      suspendPruning: true,
      sharding,
    });
    fixture.registry.busIs(true);
    fixture.registry.register(routeMessage({ uris: ['c.com'], appId: 'y', isolationSegment: 'theirs' }));
    assert.deepEqual(fixture.addresses('foo.com'), ['10.0.0.1:81']);
  });

  test('so does one with TLS where that has no name to verify', () => {
    const fixture = new RegistryFixture();
    fixture.registry.register(routeMessage({ tls: true, appId: 'x' }));
    fixture.registry.busIs(false);
    fixture.registry.busIs(true);
    fixture.registry.register(routeMessage({ uris: ['c.com'], appId: 'y' }));
    assert.deepEqual(fixture.addresses('foo.com') ?? [], []);
  });

  test('so does one that was announced before the bus went, and none that its own application announces', () => {
    const fixture = new RegistryFixture();
    fixture.registry.register(routeMessage({ ...PLAIN, uris: ['a.com', 'b.com'] }));
    fixture.now = 1000;
    fixture.registry.busIs(false);
    fixture.registry.busIs(true);
    fixture.registry.register(routeMessage({ ...PLAIN, uris: ['a.com'], instanceId: 'new' }));
    assert.deepEqual([fixture.addresses('a.com')?.length, fixture.addresses('b.com')?.length], [1, 1]);
    fixture.registry.register(routeMessage({ uris: ['c.com'], appId: 'y' }));
    assert.deepEqual([fixture.addresses('a.com')?.length, fixture.addresses('b.com')?.length], [1, 0]);
  });

  test('an instance that is announced elsewhere is no longer where it was, in plain text', () => {
    const fixture = restored(
      [former({ ...PLAIN, instanceIndex: '0' }), former({ ...PLAIN, instanceIndex: '1' }, 0, 81)],
      {
        suspendPruning: true,
      },
    );
    fixture.registry.busIs(true);
    fixture.registry.register(routeMessage({ ...PLAIN, instanceIndex: '0', port: 90 }));
    assert.deepEqual(fixture.addresses('foo.com'), ['10.0.0.1:81', '10.0.0.1:90']);
  });

  test('plain ones that the operator keeps go slowly too', () => {
    const members = Array.from({ length: 100 }, (_, at) => former(PLAIN, 0, 1000 + at));
    const fixture = restored(members, { suspendPruning: true });
    assert.equal(left(fixture, 600_000, false), 100);
    fixture.registry.busIs(true);
    assert.equal(left(fixture, 720_000, true), 100);
    const counts: number[] = [];
    for (let at = 720_001; at <= 750_001; at += 10_000) counts.push(left(fixture, at, true));
    assert.deepEqual(counts, [95, 90, 85, 80]);
  });

  test('one that the operator keeps has a whole threshold with the bus, however often that goes again', () => {
    const fixture = restored([former(PLAIN, 100_000)], { suspendPruning: true });
    fixture.now = HOUR;
    fixture.registry.busIs(true);
    fixture.now += 10_000;
    fixture.registry.busIs(false);
    fixture.now += HOUR;
    fixture.registry.busIs(true);
    assert.equal(left(fixture, fixture.now + 110_000, true), 1);
    assert.equal(left(fixture, fixture.now + 1, true), 0);
  });

  test('what a process gives for the return of the bus is not given again by the next one', () => {
    const fixture = restored([former(PLAIN, 100_000)], { suspendPruning: true });
    fixture.now = HOUR;
    fixture.registry.busIs(true);
    fixture.now += 15_000;
    const [member] = [...fixture.registry.members()];
    assert.equal(fixture.registry.clock - fixture.registry.announcedAt(member!), 115_000);
  });

  test('no more than a twentieth goes in ten seconds where it is nearly a third', () => {
    const members = Array.from({ length: 200 }, (_, at) => former(VERIFIED, 0, 1000 + at));
    const fixture = restored(members);
    fixture.registry.busIs(true);
    for (let at = 0; at < 139; at++)
      fixture.registry.register(routeMessage({ ...VERIFIED, port: 1000 + at }));
    const counts: number[] = [];
    for (let at = 121_000; at <= 221_000; at += 10_000) counts.push(left(fixture, at, true));
    assert.deepEqual(counts, [190, 180, 170, 160, 150, 140, 139, 139, 139, 139, 139]);
  });
});

const text = fc.string({ maxLength: 8, unit: 'binary' });
const facts = fc
  .record({
    uris: fc.constantFrom(['a.com'], ['a.com/Pa/Th'], ['/b.com/x'], ['*.c.com//'], ['u.com/é?q']),
    tls: fc.boolean(),
    protocol: fc.constantFrom('http1', 'http2', 'odd'),
    serverCertDomainSan: text,
    appId: text,
    instanceId: text,
    instanceIndex: text,
    availabilityZone: text,
    isolationSegment: text,
    routeServiceUrl: fc.constantFrom('', 'https://rs.test/"'),
    tags: fc.option(fc.dictionary(fc.oneof(text, fc.constant('__proto__')), text, { maxKeys: 3 })),
    staleThreshold: fc.constantFrom(0, 10, 119),
    updatedAtNs: fc.constantFrom('0', '1764409043123456789', '-9223372036854775808'),
    requestTimeout: fc.constantFrom(0, 900, 90_000),
    routePolicy: fc.option(
      fc.record({
        scope: fc.constantFrom('org', 'odd'),
        sources: fc.constantFrom([], ['cf:any', 'cf:app:x']),
      }),
    ),
  })
  .chain((some) =>
    fc.constantFrom(
      { ...some },
      { ...some, loadBalancing: 'round-robin' as const },
      { ...some, loadBalancing: 'hash' as const, hashHeader: 'x-user', hashBalance: 1.25 },
    ),
  );

test('2.2.1 an endpoint as its line says it is the one that was registered', () => {
  fc.assert(
    fc.property(facts, (fields) => {
      const fixture = new RegistryFixture({ sharding: { mode: 'all', segments: [] } });
      fixture.registry.register(routeMessage(fields));
      const [member] = fixture.registry.members();
      const line = JSON.parse(`{${fixture.registry.lines.describe(member!)}}`);
      const read = readRouteMessage(line);
      assert.ok(read.ok, read.ok ? '' : read.error);
      const other = new RegistryFixture({ sharding: { mode: 'all', segments: [] } });
      other.registry.restore({
        message: read.message,
        uri: read.message.uris[0]!,
        age: 0,
        seenFor: 0,
        origin: '',
      });
      assert.deepEqual(other.snapshot(), fixture.snapshot());
    }),
    { numRuns: 500 },
  );
});
