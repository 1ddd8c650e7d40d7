import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { readSplit, type Split } from '../../src/routing/split.ts';
import type { BackendState } from '../../src/tcp/policy/backend-group.ts';
import { LiveRoute } from '../../src/tcp/policy/live-route.ts';
import type { TcpBackend, TcpBalancing, TcpRoute } from '../../src/tcp/table/route.ts';

const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];

/** Arms by the hosts of their backends. */
function splitOf(weights: readonly number[], onEmpty: Split['onEmpty'] = 'spill'): Split {
  const arms = weights.map((weight, at) => ({ selector: `addr:${HOSTS[at]}`, weight }));
  const read = readSplit({ arms, on_empty: onEmpty }, 'tcp:1024');
  assert.ok(read.ok, read.ok ? '' : read.error);
  return read.split;
}

/** So many backends on each host, with seats in this order. */
function backendsOf(counts: readonly number[]): TcpBackend[] {
  const about = { instanceId: '', tls: null, sendProxy: 'default' } as const;
  return counts
    .flatMap((count, at) => Array.from({ length: count }, (_, n) => [HOSTS[at]!, 5000 + n] as const))
    .map(([host, port], seat) => ({ ...about, seat, address: `${host}:${port}`, host, port }));
}

function routeOf(backends: readonly TcpBackend[], split: Split | null): TcpRoute {
  return { sni: '', terminates: false, alpns: [], backends, split };
}

const IDLE: BackendState = { inFlight: () => 0, isFailed: () => false };
const weight = fc.integer({ min: 0, max: 10_000 });
const weights = fc.tuple(weight, weight, weight).filter((each) => each.some((one) => one > 0));
const balancing = fc.constantFrom<TcpBalancing>('least-connection', 'round-robin', 'source-hash');

interface Draw {
  readonly tried: readonly number[];
  readonly draw: number;
}

/** Where each of many connections with even draws is sent, by host. */
function shares(live: LiveRoute, count: number, state = IDLE): Map<string, number> {
  const found = new Map<string, number>();
  for (let at = 0; at < count; at++) {
    const chosen = live.choose({ source: `c${at}`, tried: [], draw: (at + 0.5) / count }, state, 1);
    const where = typeof chosen === 'string' ? chosen : chosen.host;
    found.set(where, (found.get(where) ?? 0) + 1);
  }
  return found;
}

function assertShares(found: ReadonlyMap<string, number>, expected: readonly number[], count: number): void {
  const sum = expected.reduce((total, each) => total + each, 0);
  for (const [at, each] of expected.entries()) {
    const share = each / sum;
    const bound = 3 * Math.sqrt(count * share * (1 - share)) + 2;
    const got = found.get(HOSTS[at]!) ?? 0;
    assert.ok(Math.abs(got - count * share) <= bound, `${HOSTS[at]}: ${got} of ${count} for ${share}`);
    if (each === 0) assert.equal(got, 0);
  }
}

test('each arm has the share of its weight within three standard deviations, whatever its backends', () => {
  const counts = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(9));
  fc.assert(
    fc.property(weights, counts, balancing, (given, sizes, how) => {
      fc.pre(sizes.some((size, at) => size > 0 && given[at]! > 0));
      // Of an arm without backends the others have the share, by their weights.
      const expected = given.map((each, at) => (sizes[at]! > 0 ? each : 0));
      const live = new LiveRoute(routeOf(backendsOf([...sizes, 2]), splitOf(given)), how, 0, 0);
      assertShares(shares(live, 5000), expected, 5000);
    }),
    { numRuns: 40 },
  );
});

test('an arm in which all have failed or are full passes its share on to the others, by their weights', () => {
  const backends = backendsOf([2, 2, 2]);
  const given = [5000, 2000, 3000];
  for (const state of [
    { inFlight: () => 0, isFailed: (seat: number, second: number) => second < 100 && seat < 2 },
    { inFlight: (seat: number) => (seat < 2 ? 4 : 0), isFailed: () => false },
  ]) {
    const live = new LiveRoute(routeOf(backends, splitOf(given)), 'least-connection', 4, 0);
    assertShares(shares(live, 10_000, state), [0, 2000, 3000], 10_000);
  }
});

/** What a connection may come to, said as plainly as can be. */
function allowed(
  split: Split,
  backends: readonly TcpBackend[],
  { tried, draw }: Draw,
  is: { full(backend: TcpBackend): boolean; failed(backend: TcpBackend): boolean },
): ReadonlySet<TcpBackend | 'full' | 'none'> {
  const inArm = (at: number) => backends.filter(({ host }) => host === HOSTS[at]);
  const weighty = split.arms.flatMap(({ weight: each }, at) => (each > 0 ? [at] : []));
  const all = weighty.flatMap(inArm);
  let lot = all;
  if (tried.length === 0 && split.onEmpty === 'fail') {
    const sum = split.arms.reduce((total, { weight: each }) => total + each, 0);
    let upTo = 0;
    const drawn = weighty.find((at) => {
      upTo += split.arms[at]!.weight;
      return draw * sum < upTo;
    });
    lot = inArm(drawn!);
  }
  const untried = lot.filter(({ seat }) => !tried.includes(seat));
  const well = untried.filter((backend) => !is.failed(backend));
  const [known, spare] = [well, untried].map((those) => those.filter((backend) => !is.full(backend)));
  if (known!.length > 0) return new Set(known);
  if (well.length > 0) return new Set(['full']);
  if (spare!.length > 0) return new Set(spare);
  return new Set([untried.length > 0 ? 'full' : 'none']);
}

test('a connection gets what a plain reading of its split allows, whoever is full, has failed or was tried', () => {
  const seats = fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]);
  fc.assert(
    fc.property(
      fc.record({
        given: weights,
        sizes: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
        onEmpty: fc.constantFrom<Split['onEmpty']>('spill', 'fail'),
        how: balancing,
        full: seats,
        failed: seats,
        tried: fc.oneof(fc.constant([]), seats),
        draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        turn: fc.nat(5),
      }),
      ({ given, sizes, onEmpty, how, full, failed, tried, draw, turn }) => {
        const split = splitOf(given, onEmpty);
        // Those of the last host are of no arm.
        const backends = backendsOf([...sizes, 2]);
        const live = new LiveRoute(routeOf(backends, split), how, 1, turn);
        const state = {
          inFlight: (seat: number) => (full.includes(seat) ? 1 : 0),
          isFailed: (seat: number, second: number) => second < 100 && failed.includes(seat),
        };
        const chosen = live.choose({ source: 'c', tried, draw }, state, 1);
        const may = allowed(
          split,
          backends,
          { tried, draw },
          {
            full: ({ seat }) => full.includes(seat),
            failed: ({ seat }) => failed.includes(seat),
          },
        );
        assert.ok(may.has(chosen), `${JSON.stringify(chosen)} of ${JSON.stringify([...may])}`);
        if (typeof chosen === 'string') return;
        assert.ok(
          given[HOSTS.indexOf(chosen.host)]! > 0,
          'an arm without weight, or none at all, has got it',
        );
        assert.ok(live.leadsTo(chosen));
      },
    ),
    { numRuns: 2000 },
  );
});

test('within an arm the algorithm of the route goes on, also when its backends change', () => {
  let live = new LiveRoute(routeOf(backendsOf([3, 1]), splitOf([5000, 5000])), 'round-robin', 0, 0);
  const order: number[] = [];
  for (let at = 0; at < 6; at++) {
    // In between the other arm has its turns.
    live.choose({ source: 'c', tried: [], draw: 0.7 }, IDLE, 1);
    order.push((live.choose({ source: 'c', tried: [], draw: 0.2 }, IDLE, 1) as TcpBackend).seat);
  }
  assert.deepEqual(order.slice(3), order.slice(0, 3));
  assert.deepEqual(order.slice(0, 3).toSorted(), [0, 1, 2]);
  const first = new Set<number>();
  for (let change = 0; change < 6; change++) {
    live = live.next(routeOf(backendsOf([3, 1]), splitOf([5000, 5000])));
    first.add((live.choose({ source: 'c', tried: [], draw: 0.2 }, IDLE, 1) as TcpBackend).seat);
  }
  assert.equal(first.size, 3);
});

test('whom no arm with weight has is nobody that connections are led to', () => {
  const backends = backendsOf([1, 1, 1]);
  const live = new LiveRoute(routeOf(backends, splitOf([1, 0])), 'least-connection', 0, 0);
  assert.deepEqual(
    backends.map((backend) => live.leadsTo(backend)),
    [true, false, false],
  );
  assert.equal(live.isEmpty, false);
  assert.equal(live.next(routeOf(backends.slice(1), splitOf([1, 0]))).isEmpty, true);
  assert.equal(live.next(routeOf(backends, null)).leadsTo(backends[2]!), true);
});

test('connections that wait stand in one lot, but where an arm that has nobody fails in one for each arm', () => {
  const lots = (live: LiveRoute) =>
    new Set([0.1, 0.2, 0.9].map((draw) => live.lotOf({ source: 'c', tried: [], draw }))).size;
  const backends = backendsOf([1, 1]);
  for (const [split, count] of [
    [null, 1],
    [splitOf([5000, 5000]), 1],
    [splitOf([5000, 5000], 'fail'), 2],
  ] as const) {
    assert.equal(lots(new LiveRoute(routeOf(backends, split), 'least-connection', 1, 0)), count);
  }
});
