import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { fnv1a64, remainder } from '../../src/balancer/fnv.ts';
import { hash } from '../../src/balancer/hash.ts';
import { maglevTable } from '../../src/balancer/maglev.ts';
import { endpointOf } from '../support/endpoint.ts';
import { attemptOf, candidatesOf, FixedLoad } from './balancer.cases.ts';

const SIZE = 3001;
const endpoints = Array.from({ length: 7 }, (_, seat) => endpointOf(seat));

function chosen(hashed: string, load = new FixedLoad(), tried: readonly number[] = [], balance = 0) {
  const attempt = attemptOf(
    load,
    () => 0,
    tried.map((seat) => endpoints[seat]!),
    { hashed },
  );
  return hash(candidatesOf(endpoints, 0, balance), attempt)?.backend.seat;
}

/** FNV-1a as its definition says it. */
function plainFnv(bytes: Uint8Array): bigint {
  let value = 0xcbf29ce484222325n;
  for (const byte of bytes) value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value;
}

test('§2.5 the hash is FNV-1a of 64 bits', () => {
  const wide = { high: 0, low: 0 };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 2, max: 65_521 }), (bytes, modulus) => {
      const expected = plainFnv(bytes);
      fnv1a64(Buffer.from(bytes).toString('latin1'), wide);
      assert.equal((BigInt(wide.high) << 32n) | BigInt(wide.low), expected);
      assert.equal(BigInt(remainder(wide, modulus)), expected % BigInt(modulus));
    }),
  );
});

describe('§2.5 the look-up table', () => {
  const owners = (table: Uint16Array, of: typeof endpoints) =>
    Array.from(table, (place) => of[place]!.instanceId);

  test('gives each endpoint nearly as many places', () => {
    const table = maglevTable(endpoints, SIZE);
    assert.equal(table.length, SIZE);
    const counts = endpoints.map((_, place) => table.filter((each) => each === place).length);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
  });

  test('is the same whatever the order of registration', () => {
    const reversed = endpoints.toReversed();
    assert.deepEqual(
      owners(maglevTable(endpoints, SIZE), endpoints),
      owners(maglevTable(reversed, SIZE), reversed),
    );
  });

  test('hardly moves what remains when an endpoint goes', () => {
    const fewer = endpoints.slice(0, -1);
    const before = owners(maglevTable(endpoints, SIZE), endpoints);
    const after = owners(maglevTable(fewer, SIZE), fewer);
    const gone = endpoints.at(-1)!.instanceId;
    const moved = before.filter((owner, at) => owner !== gone && owner !== after[at]).length;
    assert.ok(moved < SIZE * 0.15, `${moved} places moved`);
  });

  test('has the size of the next prime, so that it can always be filled', () => {
    for (const [asked, size] of [
      [3, 3],
      [4, 5],
      [3000, 3001],
      [65_521, 65_521],
    ] as const) {
      assert.equal(maglevTable(endpoints, asked).length, size);
    }
  });
});

describe('§2.5 hash', () => {
  test('leads one value to one endpoint, and values to all of them', () => {
    const seen = new Set<number | undefined>();
    for (let i = 0; i < 200; i++) {
      const first = chosen(`user ${i}`);
      assert.equal(chosen(`user ${i}`), first);
      seen.add(first);
    }
    assert.equal(seen.size, endpoints.length);
  });

  test('walks on from an endpoint that is full, failed or tried, each time to the same next one', () => {
    const first = chosen('somebody')!;
    const full = new FixedLoad();
    full.full.add(first);
    const next = chosen('somebody', full);
    assert.notEqual(next, first);
    assert.equal(chosen('somebody', new FixedLoad([first])), next);
    assert.equal(chosen('somebody', new FixedLoad(), [first]), next);
  });

  test('walks on from an endpoint with more than its balance of the load', () => {
    const first = chosen('somebody')!;
    const load = new FixedLoad();
    for (const {
      backend: { seat },
    } of endpoints)
      load.requests.set(seat, 10);
    load.requests.set(first, 16);
    assert.equal(chosen('somebody', load, [], 0), first);
    assert.equal(chosen('somebody', load, [], 1.5), first);
    assert.notEqual(chosen('somebody', load, [], 1.4), first);
  });

  test('finds nobody when all are full', () => {
    const load = new FixedLoad();
    for (const {
      backend: { seat },
    } of endpoints)
      load.full.add(seat);
    assert.equal(chosen('somebody', load), undefined);
  });
});
