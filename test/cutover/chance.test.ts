import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { chanceOfAsMany, chanceOfSuccesses } from '../../src/cutover/chance.ts';

function choices(of: number, many: number): bigint {
  if (many < 0 || many > of) return 0n;
  let result = 1n;
  for (let at = 0; at < many; at++) result = (result * BigInt(of - at)) / BigInt(at + 1);
  return result;
}

/** Every way to draw, counted. */
function naiveAsMany(least: number, drawn: number, hits: number, total: number): number {
  let ways = 0n;
  for (let at = Math.max(0, least); at <= drawn; at++) {
    ways += choices(hits, at) * choices(total - hits, drawn - at);
  }
  return Number((ways * 10n ** 18n) / choices(total, drawn)) / 1e18;
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * expected + 1e-15, `${actual} for ${expected}`);
}

test('the chance of as many errors is that of counting all ways to draw', () => {
  const sizes = fc.nat(400).chain((total) => fc.tuple(fc.constant(total), fc.nat(total), fc.nat(total)));
  fc.assert(
    fc.property(
      sizes.chain(([total, drawn, hits]) =>
        fc.tuple(fc.nat(drawn), fc.constant([drawn, hits, total] as const)),
      ),
      ([least, [drawn, hits, total]]) => {
        near(chanceOfAsMany(least, drawn, hits, total), naiveAsMany(least, drawn, hits, total));
      },
    ),
    { numRuns: 300 },
  );
});

test('the chance of as many successes is the sum of their chances', () => {
  const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), share, (least, tries, p) => {
      let expected = 0;
      for (let at = least; at <= tries; at++) {
        expected += Number(choices(tries, at)) * p ** at * (1 - p) ** (tries - at);
      }
      assert.ok(Math.abs(chanceOfSuccesses(least, tries, p) - expected) <= 1e-9 * expected + 1e-15);
    }),
  );
});

test('more is never likelier, in millions of requests either', () => {
  const total = 20_000_000;
  let before = 1;
  for (let least = 9900; least <= 12_000; least += 100) {
    const chance = chanceOfAsMany(least, 1_000_000, 200_000, total);
    assert.ok(chance <= before && chance >= 0, `${least}: ${chance}`);
    before = chance;
  }
  // Three sigmas above the mean.
  const sigma = Math.sqrt(200_000 * 0.05 * 0.95);
  const tail = chanceOfAsMany(Math.round(10_000 + 3 * sigma), 1_000_000, 200_000, total);
  assert.ok(tail > 0.0011 && tail < 0.0016, `${tail}`);
});

test('what is certain and what is impossible is said so', () => {
  assert.equal(chanceOfAsMany(0, 5, 0, 10), 1);
  assert.equal(chanceOfAsMany(1, 5, 0, 10), 0);
  assert.equal(chanceOfAsMany(3, 10, 3, 10), 1);
  assert.equal(chanceOfSuccesses(1, 10, 0), 0);
  assert.equal(chanceOfSuccesses(10, 10, 1), 1);
  assert.equal(chanceOfSuccesses(11, 10, 0.5), 0);
});
