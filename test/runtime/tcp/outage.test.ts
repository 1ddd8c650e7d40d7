import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { PLAIN } from '../../../src/tcp/table/terms.ts';
import { tcpOnClock as fixture, many, registration, tls, VERIFIED } from '../../support/tcp-on-clock.ts';

const THRESHOLD = 120_000;
const HOUR = 3_600_000;

describe('while the bus is away a TCP backend', () => {
  test('that TLS verifies stays, one in plain text goes, and so does one that is known by its address alone', (t) => {
    const { tcp, left } = fixture(t);
    tcp.register(registration({ port: 2000, terms: VERIFIED }));
    tcp.register(registration({ port: 2001, terms: tls('10.0.0.1') }));
    tcp.register(registration({ port: 2002 }));
    tcp.busIs(false);
    assert.deepEqual(left(THRESHOLD), [2000, 2001, 2002]);
    assert.deepEqual(left(50 * HOUR), [2000]);
    tcp.busIs(true);
    assert.deepEqual(left(50 * HOUR + THRESHOLD), [2000]);
    assert.deepEqual(left(50 * HOUR + THRESHOLD + 1), []);
  });

  test('of the routing API that was restored goes by its own time', (t) => {
    const { tcp, left } = fixture(t, { suspend_pruning_if_nats_unavailable: true });
    tcp.busIs(false);
    tcp.restore(registration({ owner: 'routing-api g', lifetime: THRESHOLD }), 0);
    tcp.restore(registration({ port: 2001 }), 0);
    assert.deepEqual(left(THRESHOLD), [2000, 2001]);
    assert.deepEqual(left(THRESHOLD + 1), [2001]);
  });
});

test('2.2.4 a route of an isolation segment that is served elsewhere by now is not restored, whoever announced it', (t) => {
  const { tcp } = fixture(t, { routing_table_sharding_mode: 'segments', isolation_segments: ['ours'] });
  for (const owner of ['bus', 'routing-api g']) {
    const theirs = registration({ owner, lifetime: THRESHOLD, isolationSegment: 'theirs' });
    assert.equal(tcp.restore(theirs, 0), 'other-segment');
  }
});

describe('after the bus was away an address that another instance announces', () => {
  const segments = { routing_table_sharding_mode: 'segments', isolation_segments: ['ours'] };

  function lost(t: TestContext, more: object = {}, routes: object[] = []) {
    const made = fixture(t, more, routes);
    made.tcp.register(registration({ port: 2001, isolationSegment: 'ours' }));
    made.tcp.busIs(false);
    made.tcp.busIs(true);
    return made;
  }

  test('is no longer that of the one before', (t) => {
    const { tcp, count } = lost(t);
    tcp.register(registration({ instanceId: 'other' }));
    assert.equal(count(2001), 0);
  });

  test('neither where it takes the place of the one before in another route', (t) => {
    const made = fixture(t);
    for (const port of [2000, 2001]) made.tcp.register(registration({ port }));
    made.tcp.busIs(false);
    made.tcp.busIs(true);
    made.tcp.register(registration({ instanceId: 'other' }));
    assert.deepEqual([made.count(2000), made.count(2001)], [1, 0]);
  });

  test('neither where routes of its isolation segment are not wanted here', (t) => {
    const { tcp, count } = lost(t, segments);
    tcp.register(registration({ instanceId: 'other', isolationSegment: 'theirs' }));
    assert.equal(count(2000), 0);
    assert.equal(count(2001), 0);
  });

  test('stays with the configuration, and where nobody says which instance it is', (t) => {
    const { tcp, count } = lost(t, {}, [{ port: 2003, backends: ['10.0.0.1:80'] }]);
    tcp.register(registration({ instanceId: '' }));
    assert.deepEqual([count(2001), count(2003)], [1, 1]);
    tcp.register(registration({ port: 2004, instanceId: 'other' }));
    assert.deepEqual([count(2001), count(2003)], [0, 1]);
  });
});

describe('2.2.6 when the bus is back TCP backends that nobody announces again', () => {
  /** Backends left after rounds that are ten seconds apart. */
  function rounds({ tcp, clock, total }: ReturnType<typeof fixture>, from: number, count: number): number[] {
    return Array.from({ length: count }, (_, at) => {
      clock.now = from + at * 10_000;
      tcp.prune();
      return total();
    });
  }

  test('go slowly where they are many, those first that have been silent longest, and it is told', (t) => {
    const made = fixture(t);
    const { tcp, clock, told } = made;
    const backends = many(100, { terms: VERIFIED });
    for (const [at, each] of backends.entries()) {
      clock.now = 99 - at;
      tcp.register(each);
    }
    clock.now = 100;
    tcp.busIs(false);
    tcp.busIs(true);
    assert.deepEqual(rounds(made, 100 + THRESHOLD + 1, 4), [95, 90, 85, 80]);
    assert.equal([...tcp.members()].at(-1)!.registration.instanceId, 'i-79');
    assert.deepEqual(told(), ['prune-cliff', 'prune-slowed', 'prune-slowed', 'prune-slowed']);
    assert.deepEqual(tcp.remarks(), ['pruning of TCP routes slowed: 80 backends not announced again']);
    for (const each of backends.slice(0, 80)) tcp.register(each);
    assert.deepEqual(rounds(made, 200_000, 1), [80]);
    assert.equal(told().at(-1), 'prune-cliff-over');
    assert.deepEqual([tcp.isPruningSlow, tcp.remarks()], [false, []]);
  });

  test('so do restored ones, and plain ones where the operator keeps addresses', (t) => {
    for (const [terms, suspend] of [
      [VERIFIED, false],
      [PLAIN, true],
    ] as const) {
      const made = fixture(t, { suspend_pruning_if_nats_unavailable: suspend });
      made.tcp.busIs(false);
      for (const each of many(100, { terms })) assert.equal(made.tcp.restore(each, 0), 'restored');
      made.clock.now = 50_000;
      made.tcp.busIs(true);
      assert.deepEqual(rounds(made, 50_000 + THRESHOLD, 3), [100, 95, 90]);
    }
  });

  test('go at once where they are few', (t) => {
    const made = fixture(t);
    const backends = many(100, { terms: VERIFIED });
    const confirmed = backends.filter((_, at) => at % 4 > 0);
    for (const each of backends) made.tcp.register(each);
    made.tcp.busIs(false);
    made.tcp.busIs(true);
    for (const each of confirmed) made.tcp.register(each);
    made.clock.now = 100_000;
    for (const each of confirmed) made.tcp.register(each);
    assert.deepEqual(rounds(made, THRESHOLD + 1, 1), [75]);
    assert.deepEqual(made.told(), []);
  });
});

describe('2.2.6 when the routing API is back TCP routes of which it says nothing', () => {
  const api = { owner: 'routing-api g', lifetime: THRESHOLD };

  test('stay until their own time is over where they are many', (t) => {
    const made = fixture(t);
    for (const each of many(100, api)) made.tcp.register(each);
    made.list(many(50, api), true);
    assert.equal(made.total(), 100);
    made.clock.now = 60_000;
    for (const each of many(50, api)) made.tcp.register(each);
    made.tcp.prune();
    assert.equal(made.total(), 95);
    made.list(many(50, api), false);
    assert.equal(made.total(), 95, 'another list is no other word about them');
    for (const each of many(100, api).slice(90)) made.tcp.register(each);
    made.clock.now = THRESHOLD + 1;
    made.tcp.prune();
    assert.equal(made.total(), 60);
  });

  test('go at once where they are few, and where it was not away', (t) => {
    const made = fixture(t);
    for (const each of many(100, api)) made.tcp.register(each);
    made.list(many(90, api), true);
    assert.equal(made.total(), 90);
    made.list(many(10, api), false);
    assert.equal(made.total(), 10);
    made.list([], false);
    assert.equal(made.total(), 0);
  });

  test('go slowly where they were restored, and what it lists is as it says at once', (t) => {
    const made = fixture(t);
    for (const each of many(100, { ...api, terms: VERIFIED })) made.tcp.restore(each, 0);
    const [first] = many(1, { ...api, terms: VERIFIED });
    made.list([first!], false);
    assert.deepEqual([made.total(), made.count(2000)], [91, 1]);
    for (const at of [1, 2]) {
      made.clock.now = at * 10_000;
      made.tcp.prune();
    }
    assert.equal(made.total(), 82);
    made.list([], false);
    assert.deepEqual([made.total(), made.count(2000)], [81, 0], 'what it has named and names no more');
  });

  test('go by their own time, whatever the bus does', (t) => {
    const made = fixture(t);
    made.tcp.busIs(false);
    for (const each of many(100, { ...api, terms: VERIFIED })) made.tcp.restore(each, 0);
    made.tcp.busIs(true);
    assert.deepEqual(made.left(23 * HOUR).length, 10);
    assert.deepEqual(made.left(24 * HOUR + 1), []);
  });
});
